package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
    void connection_overTheLimit_isClosed_andWhatWasSentBehindIsNotAnswered() throws Exception {
        try (TestApplication application = start()) {
            String guess = "GET /items/1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer tk_live_guess\r\n\r\n";
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), application.port())) {
                socket.setSoTimeout(60_000);
                socket.getOutputStream().write(guess.repeat(10).getBytes(StandardCharsets.US_ASCII));

                String answers = readUntilClosed(socket.getInputStream());

                assertThat(answers.split("HTTP/1.1 401 ", -1)).hasSize(1 + 3);
                assertThat(answers.split("HTTP/1.1 429 ", -1)).hasSize(1 + 1);
                assertThat(answers).containsOnlyOnce("Connection: close");
            }
        }
    }

    /** To the end of the stream, or to the reset that a server may send to a client that goes on writing. */
    private static String readUntilClosed(InputStream in) throws IOException {
        StringBuilder read = new StringBuilder();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                read.append((char) next);
            }
        } catch (SocketException reset) {
            assertThat(read).isNotEmpty();
        }
        return read.toString();
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
