package dev.keystile.spring;

import static dev.keystile.spring.test.ApiKeyRequestPostProcessor.apiKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.ApiPrincipal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the tests of an application see of Keystile, whichever way Boot makes their MockMvc. */
@TestPropertySource(
        properties = {
            "keystile.key.prefixes=acme_live_ secret live, acme_test_ secret test",
            "keystile.plans.starter=2/1m",
            "keystile.rules.health=GET /health public",
            "keystile.rules.invoices-write=POST /v1/invoices invoices:write",
        })
abstract class MockedInvoices {

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import(Invoices.class)
    static class Shop {}

    @RestController
    static class Invoices {

        @GetMapping("/v1/invoices")
        @RequireScope("invoices:read")
        String list(ApiPrincipal caller) {
            return "invoices of " + caller.account();
        }

        @GetMapping("/health")
        String health() {
            return "up";
        }

        @GetMapping("/forgotten")
        String forgotten() {
            return "forgotten";
        }
    }

    @Autowired
    private MockMvcTester mvc;

    /** What a build is told besides would be a setting that nobody knows. */
    @BeforeAll
    static void forgetPropertiesOfTheBuild() {
        Application.forgetPropertiesOfTheBuild();
    }

    @Test
    void key_isDecidedAsInTheApplication() {
        assertThat(mvc.get().uri("/v1/invoices").with(apiKey("invoices:read").account("acme")))
                .hasStatusOk()
                .hasBodyTextEqualTo("invoices of acme");
        assertThat(mvc.get().uri("/v1/invoices").with(apiKey("invoices:write"))).hasStatus(403);
        assertThat(mvc.get().uri("/v1/invoices")).hasStatus(401);
    }

    @Test
    void rules_areThoseOfTheApplication() {
        assertThat(mvc.get().uri("/health")).hasStatusOk();
        assertThat(mvc.get().uri("/forgotten").with(apiKey())).hasStatus(403);
    }
}
