package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPatternParser;

class SpringPatternTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/ | / | true",
                "'' | / | true",
                "items | /items | true",
                "/items/ | /items | true",
                "/items/{id} | /items/{id} | true",
                "/items/* | /items/* | true",
                "/items/** | /items/** | true",
                "/items/{*rest} | /items/** | true",
                "/** | /** | true",
                "/{*all} | /** | true",
                "/items/{id:[0-9]+} | /items/* | false",
                "/items/{id:[0-9]{3}}/x | /items/*/x | false",
                "/items/{id:a/b}/x | /items/** | false",
                "/items/v{n} | /items/* | false",
                "/items/*.html | /items/* | false",
                "/items/item-? | /items/* | false",
                "/items/{a}-{b} | /items/* | false",
                "/a/**/b | /a/** | false",
                "/**/b | /** | false",
                "/a/{*rest}/b | /a/** | false",
                "/items/a;b | /items/* | false",
                "/caf\u00e9 | /caf\u00e9 | true",
            })
    void pattern_isCoveredByOneOfRules(String pattern, String cover, boolean exact) {
        SpringPattern read = SpringPattern.of("", pattern);

        assertThat(read.cover().text()).isEqualTo(cover);
        assertThat(read.exact()).isEqualTo(exact);
    }

    @ParameterizedTest
    @CsvSource({
        "/api, /items/{id}, /api/items/{id}",
        "/api, '',          /api",
        "/api, /,           /api",
        "/api, /**,         /api/**",
    })
    void servletPath_standsBeforeIt(String servletPath, String pattern, String cover) {
        assertThat(SpringPattern.of(servletPath, pattern).cover().text()).isEqualTo(cover);
    }

    /** Whatever Spring takes for a pattern, its cover holds; what else the cover holds is not of an exact one. */
    @ParameterizedTest
    @CsvSource({
        "/items/{id:[0-9]+}, /items/7,     true",
        "/items/{id:[0-9]+}, /items/x,     true",
        "/items/{id},        /items/x,     true",
        "/items/{id},        /items,       false",
        "/items/{id},        /items/x/y,   false",
        "/items/**,          /items,       true",
        "/items/**,          /items/a/b/c, true",
        "/items/{*rest},     /items,       true",
        "/items/*.html,      /items/a.html, true",
        "/items/{a}-{b},     /items/1-2,   true",
        "/items,             /Items,       false",
        "/items,             /items.json,  false",
        "/items,             /items/,      true",
        "/,                  /,            true",
        "/{page},            /,            false",
    })
    void cover_holdsWhatSpringMatches(String pattern, String path, boolean covered) {
        SpringPattern read = SpringPattern.of("", pattern);
        boolean ofSpring = new PathPatternParser().parse(pattern).matches(PathContainer.parsePath(path));

        assertThat(read.covers(path)).isEqualTo(covered);
        if (ofSpring) {
            assertThat(covered).isTrue();
        } else if (covered && !path.endsWith("/")) {
            assertThat(read.exact()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/items/{id},       items a/b,       true",
        "/items/{id},       items,           false",
        "/items/{id},       items a/b notes, false",
        "/items/{id}/notes, items a/b notes, true",
        "/items/{id}/notes, items a/notes,   false",
        "/items/**,         items a/b notes, true",
    })
    void pathInSegments_isHeldByAsMany(String pattern, String segments, boolean covered) {
        assertThat(SpringPattern.of("", pattern).covers(List.of(segments.split(" "))))
                .isEqualTo(covered);
    }
}
