package dev.keystile.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.KeyScope;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a query may list, whoever parses it. */
final class QueryScopeTest {

    private static final KeyScope SCOPE = new KeyScope("customers:read");
    private static final Rule RULE = Rule.parse(
            "r", "GET /a authenticated query=expand:attributes:customers:read,expand:items.product:products:read");

    private static Set<KeyScope> asked(String query) {
        return RULE.scopesFor(query, false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "expand=attributes",
                "expand=a,attributes",
                "expand=attributes,a",
                "expand=a,attributes,b",
                "expand=a&expand=attributes",
                "expand=attributes&expand=a",
                "x=1&expand=attributes&y=2",
                "expand=&expand=attributes",
                "&&expand=attributes&&",
                // other separators of pairs and of values
                "x=1;expand=attributes",
                "expand=a;attributes",
                "expand=a|attributes",
                "expand=a+attributes",
                "expand=a%20attributes",
                "expand=+attributes+",
                "expand=%09attributes%0a",
                "expand=a%2Cattributes",
                "expand=a%3Battributes",
                // arrays
                "expand[]=attributes",
                "expand%5B%5D=attributes",
                "expand[0]=attributes",
                "expand[0]=a&expand[1]=attributes",
                "expand[attributes]=true",
                "expand[attributes]",
                "expand=[%22attributes%22]",
                "expand={attributes}",
                // encoded
                "%65xpand=attributes",
                "%65%78%70%61%6e%64=%61%74%74%72%69%62%75%74%65%73",
                "expand=attribute%73",
                "expand=attribut%65s,a",
                "expand%3Dattributes",
                "%26expand=attributes",
                "x%26expand=attributes",
                "%2565xpand=attributes",
                "expand=%2561ttributes",
                "expand=a%252Cattributes",
                "expand=%252561ttributes",
                // broken beside it
                "%zz&expand=attributes",
                "x=%&expand=attributes",
                "expand=%,attributes",
                "x=%c0%af&expand=attributes",
                "expand=attributes%",
                // blanks around the name, and other case: no parser of ours reads it so, and another may
                "+expand=attributes",
                "%20expand=attributes",
                "expand+=attributes",
                "expand%20=attributes",
                "Expand=Attributes",
                "EXPAND=ATTRIBUTES",
                "expand==attributes",
                "expand=a=attributes",
                // members of an object, and what Spring's binder falls back to
                "expand.attributes=true",
                "expand.x=attributes",
                "!expand=attributes",
                "%21expand=attributes",
                "e%EF%BD%98pand=attributes",
            })
    void value_inAnySpelling_isListed(String query) {
        assertThat(asked(query)).containsExactly(SCOPE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "expand",
                "expand=",
                "attributes",
                "attributes=expand",
                "expand=a",
                "expand=attribute",
                "expand=attributesx",
                "expand=xattributes",
                "expand=my_attributes",
                "expand=attributes.x",
                "expand=x.attributes",
                "expand=attributes-x",
                "xexpand=attributes",
                "expandx=attributes",
                "ex%20pand=attributes",
                "expands.x=attributes",
                "expand-x=attributes",
                "x=!expand=attributes",
                "!x=attributes",
                "x=expand=attributes",
                "x=attributes&expand=a",
                "expand=product",
                "expand=items",
                "expand=items.products",
                "x=%C5%BF",
                "%C5%BF",
            })
    void otherQueries_listNothing(String query) {
        assertThat(asked(query)).isEmpty();
    }

    /** Java takes some letters for others where case does not count, and not every character set is like ASCII. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "expand=attr%C4%B1butes",
                "expand=attr%C4%B0butes",
                "expand=attribute%C5%BF",
                "expand=attribute\u017f",
                "%85%a7%97%81%95%84=%81%a3%a3%99%89%82%a4%a3%85%a2",
                "%00e%00x%00p%00a%00n%00d=%00a%00t%00t%00r%00i%00b%00u%00t%00e%00s",
                "expand=Zo%C3%AB",
                "expand=%ff,attributes",
                "expand=attributes%00",
                "expand=%00attributes",
            })
    void whatIsNotAscii_mayListEverything(String query) {
        assertThat(asked(query)).containsExactlyInAnyOrder(SCOPE, new KeyScope("products:read"));
    }

    @Test
    void severalValues_askForAllTheirScopes() {
        assertThat(asked("expand=items.product,attributes"))
                .containsExactlyInAnyOrder(SCOPE, new KeyScope("products:read"));
        assertThat(asked("expand=items%2Eproduct")).containsExactly(new KeyScope("products:read"));
    }

    @Test
    void formInTheBody_mayListEverything() {
        assertThat(RULE.scopesFor("", true)).containsExactlyInAnyOrder(SCOPE, new KeyScope("products:read"));
        assertThat(Rule.parse("r", "GET /a authenticated").scopesFor("expand=attributes", true))
                .isEmpty();
    }
}
