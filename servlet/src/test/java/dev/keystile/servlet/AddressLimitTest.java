package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.NewKey;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits that count per address, with clients behind a proxy. */
final class AddressLimitTest {

    private static final String ONE = "203.0.113.1";
    private static final String OTHER = "203.0.113.2";

    @TempDir
    Path folder;

    private TestApplication start(String... more) throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.put("plans.web", "each 3/1d per address, all 6/1d");
        settings.put("default-plan", "web");
        settings.put("headers.format", "x-ratelimit, ietf");
        settings.put("proxies.trusted", "127.0.0.0/8");
        for (int i = 0; i < more.length; i += 2) {
            if (more[i + 1].isEmpty()) {
                settings.remove(more[i]);
            } else {
                settings.put(more[i], more[i + 1]);
            }
        }
        return TestApplication.start(folder, settings, Map.of("/*", new Hello()));
    }

    private static final class Hello extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(200);
        }
    }

    private static HttpResponse<String> get(TestApplication application, String path, String key, String forwardedFor)
            throws Exception {
        return application.get(path, "Authorization", "Bearer " + key, "X-Forwarded-For", forwardedFor);
    }

    private static int status(TestApplication application, String key, String forwardedFor) throws Exception {
        return get(application, "/items/1", key, forwardedFor).statusCode();
    }

    /** How many are let through until one is not. */
    private static int admitted(TestApplication application, String key, String forwardedFor) throws Exception {
        int admitted = 0;
        int status = status(application, key, forwardedFor);
        while (status == 200) {
            admitted++;
            status = status(application, key, forwardedFor);
        }
        assertThat(status).isEqualTo(429);
        return admitted;
    }

    @Test
    void clientsBehindATrustedProxy_areLimitedEachForItself_andToldSo() throws Exception {
        try (TestApplication application = start()) {
            String key = application.issue("items:read").revealOnce();

            for (int left = 2; left >= 0; left--) {
                // What stands before the last entry is whatever the client wrote.
                HttpResponse<String> admitted = get(application, "/items/1", key, "198.51.100." + left + ", " + ONE);
                assertThat(admitted.statusCode()).isEqualTo(200);
                assertThat(admitted.headers().firstValue("X-RateLimit-Limit")).contains("3");
                assertThat(admitted.headers().firstValue("X-RateLimit-Remaining"))
                        .contains(Integer.toString(left));
                assertThat(admitted.headers().firstValue("RateLimit-Policy"))
                        .contains("\"each\";q=3;w=86400, \"all\";q=6;w=86400");
            }
            HttpResponse<String> refused = get(application, "/items/1", key, ONE);

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).contains("0");
            long wait = refused.headers().firstValueAsLong("Retry-After").orElseThrow();
            assertThat(wait).isBetween(86_400L - 60, 86_400L);
            assertThat(refused.headers().firstValueAsLong("X-RateLimit-Reset").orElseThrow())
                    .isBetween(
                            Instant.now().getEpochSecond() + wait - 60,
                            Instant.now().getEpochSecond() + wait + 1);
            assertThat(refused.body())
                    .contains("\"violated-policies\":[\"each\"]")
                    .doesNotContain(ONE);

            // Another address has a count of its own, until all together have spent that of the key.
            assertThat(admitted(application, key, OTHER)).isEqualTo(3);
            assertThat(get(application, "/items/1", key, "203.0.113.3").body())
                    .contains("\"violated-policies\":[\"all\"]");
        }
    }

    @Test
    void keysOfOneAccount_shareTheCountOfAnAddress_andOtherAccountsHaveTheirOwn() throws Exception {
        try (TestApplication application = start()) {
            String key = application.issue("items:read").revealOnce();
            String another = application.issue("items:read").revealOnce();
            String foreign = application
                    .keyManager()
                    .issue(
                            NewKey.of("acct_2", "a key", KeyEnvironment.LIVE)
                                    .scopes("items:read")
                                    .build(),
                            TestApplication.OPERATOR)
                    .revealOnce();

            assertThat(status(application, key, ONE)).isEqualTo(200);
            assertThat(admitted(application, another, ONE)).isEqualTo(2);
            assertThat(status(application, key, ONE)).isEqualTo(429);
            assertThat(admitted(application, foreign, ONE)).isEqualTo(3);
        }
    }

    @Test
    void ipv6Clients_shareTheCountOfTheirNetwork() throws Exception {
        try (TestApplication application = start()) {
            String key = application.issue("items:read").revealOnce();

            for (int host = 1; host <= 3; host++) {
                assertThat(status(application, key, "2001:db8:1:2::" + host)).isEqualTo(200);
            }

            assertThat(status(application, key, "2001:db8:1:2:ffff::1")).isEqualTo(429);
            assertThat(status(application, key, "2001:db8:1:3::1")).isEqualTo(200);
        }
    }

    /** Else everybody would have as many counts as there are addresses to write. */
    @Test
    void forwardingHeader_fromWhomNobodyTrusts_makesNoCountOfItsOwn() throws Exception {
        try (TestApplication application = start("proxies.trusted", "")) {
            String key = application.issue("items:read").revealOnce();

            for (int i = 0; i < 3; i++) {
                assertThat(status(application, key, "203.0.113." + i)).isEqualTo(200);
            }

            assertThat(status(application, key, "203.0.113.9")).isEqualTo(429);
        }
    }

    @Test
    void limitOfARule_countsPerAddress_overAllRulesThatNameIt() throws Exception {
        try (TestApplication application = start(
                "plans.web",
                "100/1d",
                "limits.exports",
                "2/1d per address",
                "rules.export",
                "GET /export items:read limit=exports",
                "rules.reports",
                "GET /reports/** items:read limit=exports")) {
            String key = application.issue("items:read").revealOnce();

            assertThat(get(application, "/export", key, ONE).statusCode()).isEqualTo(200);
            assertThat(get(application, "/reports/1", key, ONE).statusCode()).isEqualTo(200);
            assertThat(get(application, "/export", key, ONE).statusCode()).isEqualTo(429);
            assertThat(get(application, "/export", key, OTHER).statusCode()).isEqualTo(200);
            assertThat(status(application, key, ONE)).isEqualTo(200);
        }
    }

    @Test
    void addressesBeyondTheRoom_areA503_andKeysThatNeedNoneGoOn() throws Exception {
        try (TestApplication application =
                start("plans.web", "3/1d per address", "plans.server", "100/1d", "limiter.partitions", "4")) {
            String key = application.issue("items:read").revealOnce();
            String server = application
                    .keyManager()
                    .issue(
                            NewKey.of("acct_1", "a server", KeyEnvironment.LIVE)
                                    .scopes("items:read")
                                    .plan("server")
                                    .build(),
                            TestApplication.OPERATOR)
                    .revealOnce();
            assertThat(status(application, key, ONE)).isEqualTo(200);
            assertThat(status(application, key, OTHER)).isEqualTo(200);

            HttpResponse<String> refused = get(application, "/items/1", key, "203.0.113.3");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(refused.body()).doesNotContain("203.0.113.3");
            assertThat(admitted(application, key, ONE)).isEqualTo(2);
            assertThat(status(application, server, "203.0.113.3")).isEqualTo(200);
        }
    }
}
