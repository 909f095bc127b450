package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application with Boot's starter for Spring Security and not a line for it: everything needs a login. */
class SecurityDefaultsTest {

    private static @Nullable Application started;

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    @BeforeAll
    static void start() {
        started = Application.start(
                Billing.class,
                "spring.security.user.name=ada",
                "spring.security.user.password=secret",
                "keystile.credentials=bearer, basic",
                "keystile.rules.health=GET /health public",
                "keystile.rules.v1=ANY /v1/** authenticated");
    }

    @AfterAll
    static void stop() {
        application().close();
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /v1/invoices,           invoices:read,  200",
        "GET,    /v1/invoices,           invoices:write, 403",
        "POST,   /v1/invoices,           invoices:write, 200",
        "DELETE, /v1/invoices/7,         invoices:write, 200",
        "GET,    /v1/invoices/slow,      invoices:read,  200",
        "GET,    /v1/invoices/forwarded, invoices:write, 403",
        "GET,    /v1/invoices/gone,      invoices:read,  410",
        "GET,    /forgotten,             invoices:read,  403",
    })
    void key_opensWhatItOpensWithoutSecurity(String method, String path, String scope, int status) {
        HttpResponse<String> response =
                application().send(method, path, application().key(scope));

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().map()).doesNotContainKey("set-cookie");
    }

    @Test
    void keyAsAUserName_isNoUserOfSecurity() {
        String key = application().key("invoices:read");

        assertThat(application()
                        .get("/v1/invoices", "", "Authorization", basic(key, ""))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"/health, 401, 200", "/v1/invoices, 401, 401", "/forgotten, 401, 401", "/login, 401, 401"})
    void whatNeedsALogin_needsItAsBefore_andLoginsOpenNothingOfKeys(String path, int anonymous, int user) {
        assertThat(application().get(path, "").statusCode()).isEqualTo(anonymous);
        assertThat(application()
                        .get(path, "", "Authorization", basic("ada", "secret"))
                        .statusCode())
                .isEqualTo(user);
    }
}
