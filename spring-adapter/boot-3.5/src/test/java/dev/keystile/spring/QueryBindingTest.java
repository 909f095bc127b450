package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RestController;

/** A scope that a query asks for, where Spring gives a handler's fields the values of more than parameters of their names. */
class QueryBindingTest {

    /** Bound by its constructor. */
    record Wanted(String expand) {}

    /** Bound by its setters. */
    static class Filled {

        private String expand = "";

        public String getExpand() {
            return expand;
        }

        public void setExpand(String expand) {
            this.expand = expand;
        }
    }

    @RestController
    static class Customers {

        @GetMapping("/v1/wanted")
        String wanted(@ModelAttribute Wanted wanted) {
            return shown(wanted.expand());
        }

        @GetMapping("/v1/filled")
        String filled(@ModelAttribute Filled filled) {
            return shown(filled.getExpand());
        }

        private static String shown(String expand) {
            return "attributes".equalsIgnoreCase(expand) ? "EXPANDED" : "plain";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Customers.class)
    static class Guarded {}

    private static Application started;
    private static String poor = "";
    private static String rich = "";

    @BeforeAll
    static void start() {
        started = Application.start(
                Guarded.class,
                "keystile.scopes=customers:read, attributes:read",
                "keystile.rules.customers=GET /v1/** customers:read query=expand:attributes:attributes:read");
        poor = started.key("customers:read");
        rich = started.key("customers:read", "attributes:read");
    }

    @AfterAll
    static void stop() {
        started.close();
    }

    @ParameterizedTest
    @CsvSource({
        // target, a header, whether Spring of each Boot binds it
        "?expand=attributes,            X-Other,  true",
        "?!expand=attributes,           X-Other,  true",
        "?expand=attr%C4%B1butes,       X-Other,  true",
        "?expand=ATTRIBUTE%C5%BF,       X-Other,  true",
        "'',                            Expand,   true",
        "'',                            ex-PAND,  false",
        "?expands=a,                    -expand-, true",
    })
    void whatABinderFinds_isRefusedToWhoLacksTheScope(String query, String header, boolean bound) {
        boolean found = false;
        for (String path : new String[] {"/v1/wanted", "/v1/filled"}) {
            HttpResponse<String> toRich = started.get(path + query, rich, header, "attributes");
            found |= toRich.body().equals("EXPANDED");
            assertThat(toRich.statusCode()).isEqualTo(200);
            assertThat(started.get(path + query, poor, header, "attributes").statusCode())
                    .isEqualTo(403);
            assertThat(started.get(path, poor, header, "other").statusCode()).isEqualTo(200);
        }
        assertThat(found || !bound).isTrue();
    }
}
