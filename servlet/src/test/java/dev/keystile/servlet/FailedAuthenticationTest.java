package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FailedAuthenticationTest {

    @TempDir
    Path folder;

    private TestApplication start(String... more) throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.put("failures.limit", "3/10m");
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return TestApplication.start(folder, settings, Map.of("/*", new HttpServlet() {}));
    }

    private static int guess(TestApplication application, String... headers) throws Exception {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = "Bearer tk_live_guess";
        return application.get("/items/1", all).statusCode();
    }

    @Test
    void addressThatKeepsFailing_getsA429_andAProvenKeyFromItGoesOn() throws Exception {
        try (TestApplication application = start()) {
            String proven = "Bearer " + application.issue("items:read").revealOnce();
            String unproven = "Bearer " + application.issue("items:read").revealOnce();
            // The servlet has no GET: its 405 tells that the request came through.
            assertThat(application.get("/items/1", "Authorization", proven).statusCode())
                    .isEqualTo(405);
            for (int i = 0; i < 3; i++) {
                assertThat(guess(application)).isEqualTo(401);
            }

            HttpResponse<String> refused = application.get("/items/1", "Authorization", unproven);

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                    .isBetween(1L, 600L);
            assertThat(refused.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(refused.body()).contains("rate_limit_exceeded").doesNotContain("tk_live_");
            assertThat(application.get("/items/1", "Authorization", proven).statusCode())
                    .isEqualTo(405);
            assertThat(application.get("/items/1").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void clientsBehindATrustedProxy_failEachForItself() throws Exception {
        try (TestApplication application = start("proxies.trusted", "127.0.0.0/8")) {
            for (int i = 0; i < 3; i++) {
                assertThat(guess(application, "X-Forwarded-For", "10.0.0." + i + ", 203.0.113.1"))
                        .isEqualTo(401);
            }

            assertThat(guess(application, "X-Forwarded-For", "203.0.113.1")).isEqualTo(429);
            assertThat(guess(application, "X-Forwarded-For", "203.0.113.2")).isEqualTo(401);
            assertThat(guess(application)).isEqualTo(401);
        }
    }

    @Test
    void forwardingHeader_fromWhomNobodyTrusts_isNotRead() throws Exception {
        try (TestApplication application = start()) {
            for (int i = 0; i < 3; i++) {
                assertThat(guess(application, "X-Forwarded-For", "203.0.113." + i))
                        .isEqualTo(401);
            }

            assertThat(guess(application, "X-Forwarded-For", "203.0.113.9")).isEqualTo(429);
        }
    }
}
