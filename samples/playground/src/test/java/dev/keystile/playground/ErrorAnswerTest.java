package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Jetty answers before, or in place of, the filter and the application. */
final class ErrorAnswerTest {

    @TempDir
    private static Path data;

    private static Started started;

    @BeforeAll
    static void start() throws Exception {
        started = Started.start(Map.of("KEYSTILE_DATA", data.toString()), OddServlets::addTo, "revkeen");
    }

    @AfterAll
    static void stop() {
        started.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /v1/%2e%2e/{key} HTTP/1.1               | 400 | Bad Request",
                "GET /v1/%5c/{key} HTTP/1.1                  | 400 | Bad Request",
                "GET /v1/%zz/{key} HTTP/1.1                  | 400 | Bad Request",
                "GET /v1/x?{key}#{key} HTTP/1.1              | 400 | Bad Request",
                "GET /WEB-INF/{key} HTTP/1.1                 | 404 | Not Found",
                "GET /v2/payments/throws?{key} HTTP/1.1      | 500 | Server Error",
                "GET /v2/payments/send-error?{key} HTTP/1.1  | 404 | Not Found",
                "POST /v2/payments/throws-late?{key} HTTP/1.1 | 500 | Server Error",
                "GET /{key} HTTP/9.9                         | 505 | HTTP Version Not Supported"
            })
    void answer_ofTheContainer_repeatsNothingOfTheRequest(String line, int status, String message) throws Exception {
        String key = started.liveKey("payments:read", "payments:write");

        for (String accept : new String[] {"*/*", "text/html", "application/json", "text/plain", "image/png"}) {
            String answer = started.sendRaw(line.replace("{key}", key), "x-revkeen-key: " + key, "Accept: " + accept);

            assertThat(answer)
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\"message\":\"" + message + ".\"}}")
                    .doesNotContain(key, "on purpose", "Exception", "<html", "\tat ")
                    .containsIgnoringCase("\r\nCache-Control: ")
                    .contains("no-store")
                    .containsIgnoringCase("\r\nContent-Type: application/json\r\n");
        }
    }
}
