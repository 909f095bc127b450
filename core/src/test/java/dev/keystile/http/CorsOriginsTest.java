package dev.keystile.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.TestRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CorsOriginsTest {

    private static final CorsOrigins TWO = CorsOrigins.of("https://app.example.com", "http://localhost:5173");

    @ParameterizedTest
    @CsvSource({
        // method, Origin, Access-Control-Request-Method (several lines joined by ¦), whether it is a preflight
        "OPTIONS, https://app.example.com, POST, true",
        "OPTIONS, http://localhost:5173, DELETE, true",
        "OPTIONS, https://app.example.com, , false",
        "OPTIONS, , POST, false",
        "OPTIONS, https://app.example.com.evil.example, POST, false",
        "OPTIONS, https://app.example.com:8443, POST, false",
        "OPTIONS, http://app.example.com, POST, false",
        "OPTIONS, null, POST, false",
        "OPTIONS, https://app.example.com¦https://app.example.com, POST, false",
        "OPTIONS, https://app.example.com, POST¦POST, false",
        "options, https://app.example.com, POST, false",
        "GET, https://app.example.com, POST, false",
        "POST, https://app.example.com, POST, false"
    })
    void preflight_isOptionsWithBothHeaders_eachOnce(String method, String origins, String asked, boolean preflight) {
        TestRequest request = TestRequest.of(method, "/a");
        add(request, "Origin", origins);
        add(request, "Access-Control-Request-Method", asked);

        assertThat(TWO.preflightMethod(request).isPresent()).isEqualTo(preflight);
        assertThat(CorsOrigins.none().preflightMethod(request)).isEmpty();
    }

    private static void add(TestRequest request, String name, String lines) {
        if (lines != null) {
            for (String line : lines.split("¦", -1)) {
                request.header(name, line);
            }
        }
    }

    @Test
    void allowedOrigin_isNamed_andAnyOriginIsAStar() {
        TestRequest app = TestRequest.get("/a").header("Origin", "https://app.example.com");
        TestRequest other = TestRequest.get("/a").header("Origin", "null");

        assertThat(TWO.allowed(app)).contains("https://app.example.com");
        assertThat(TWO.allowed(other)).isEmpty();
        assertThat(TWO.allowed(TestRequest.get("/a"))).isEmpty();
        assertThat(CorsOrigins.of("*").allowed(app)).contains("*");
        assertThat(CorsOrigins.of("*").allowed(other)).contains("*");
        assertThat(CorsOrigins.none().allowed(app)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app.example.com",
                "https://app.example.com/",
                "https://App.example.com",
                "https://*.example.com",
                "https://",
                "://a",
                "null",
                "",
                "https://a b",
                "https://a.example?x",
                "https://a.example#x",
                "https://me@a.example",
                "https://a\r\nX: y",
                "https://m\u00fcller.example",
                "https://a.example:",
                "https://a.example:x",
                "https://a.example:08443",
                "https://a.example:65536",
                "https://a.example:123456",
                "https://:8443",
                "https://::1",
                "https://[::1]x:"
            })
    void origin_thatNoBrowserSends_isRefused(String origin) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CorsOrigins.of(origin))
                .withMessageContaining("'" + origin + "'")
                .withMessageContaining("https://app.example.com");
    }

    /** A browser leaves it out, so that the origin as it is set would never be met. */
    @ParameterizedTest
    @CsvSource({
        "https://app.example.com:443, https://app.example.com",
        "http://localhost:80, http://localhost",
        "https://[::1]:443, https://[::1]"
    })
    void origin_withThePortOfItsScheme_isRefused_andSaysHowToWriteIt(String origin, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CorsOrigins.of("https://other.example", origin))
                .withMessage("'" + origin + "': browsers leave out the port of the scheme, expected " + expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com:80",
                "http://app.example.com:443",
                "http://[::1]:8080",
                "https://[2001:db8::443]",
                "https://a.example:65535",
                "capacitor://localhost",
                "chrome-extension://abcdefghijklmnop"
            })
    void origin_asABrowserSendsIt_isTaken(String origin) {
        assertThat(CorsOrigins.of(origin).allowed(TestRequest.get("/a").header("Origin", origin)))
                .contains(origin);
    }

    @Test
    void star_besideAnOrigin_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> CorsOrigins.of("https://app.example.com", "*"));
    }
}
