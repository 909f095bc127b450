package dev.keystile.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PathReadingTest {

    @ParameterizedTest
    @CsvSource({
        // as sent, decoded
        "/, /",
        "/a, /a",
        "/a/, /a/",
        "/a/b/c, /a/b/c",
        "/a.b, /a.b",
        "/..., /...",
        "/..a/a../a..b, /..a/a../a..b",
        "/.well-known/x, /.well-known/x",
        "/%41, /A",
        "/a%20b, '/a b'",
        "/%24RCAnonymousID%3A87c6, /$RCAnonymousID:87c6",
        "/caf%C3%A9, /caf\u00e9",
        "/caf%c3%a9, /caf\u00e9",
        "/%F0%9F%94%91, /\uD83D\uDD11",
        "/~user/@me/!$&'()*+, /~user/@me/!$&'()*+",
        "'/a,b=c:d', '/a,b=c:d'",
        "/%22%3C%3E%7B%7D, '/\"<>{}'",
        "/%3Fa%23b, /?a#b",
        "/a%2Eb, /a.b",
        "/%2E%2E%2E, /...",
    })
    void path_thatReadsOneWay_isRead(String raw, String decoded) {
        for (String context : List.of("", "/app")) {
            String servletPath = raw.equals("/") ? "/" : decoded;
            assertThat(PathReading.read(context + raw, context, servletPath, Optional.empty()))
                    .isEqualTo(new PathReading.Read(decoded));
            assertThat(PathReading.read(context + raw, context, "", Optional.of(decoded)))
                    .as("mapped to /*")
                    .isEqualTo(new PathReading.Read(decoded));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // as sent, context, servlet path, path info, read
        "/app/x/y, /app, /x, /y, /x/y",
        "/app, /app, '', , /",
        "/app/, /app, /, , /",
        "/app/, /app, '', /, /",
        "/my%20app/x, /my%20app, /x, , /x",
        "/my%20app/x, '/my app', /x, , /x",
        "/caf%C3%A9/x, /caf\u00e9, /x, , /x",
        "/%61pp/x, /app, /x, , /x",
        "/a/b/x, /a/b, /x, , /x",
        "/app/app, /app, /app, , /app",
    })
    void path_belowContext_isReadWithoutIt(
            String raw, String context, String servletPath, String pathInfo, String expected) {
        assertThat(PathReading.read(raw, context, servletPath, Optional.ofNullable(pathInfo)))
                .isEqualTo(new PathReading.Read(expected));
    }

    /** What a container may have made of a hostile target does not matter: none of it is let through. */
    static Stream<String> hostile() {
        return Stream.of(
                // no absolute path
                "",
                "a",
                "*",
                "http://h/a",
                "?a",
                // empty segments
                "//",
                "//a",
                "///",
                "/a//b",
                "/a//",
                // dots
                "/.",
                "/..",
                "/./a",
                "/../a",
                "/a/.",
                "/a/..",
                "/a/./",
                "/a/../",
                "/a/../b",
                "/%2e",
                "/%2E%2e/a",
                "/.%2e/a",
                "/%2e./a",
                "/a/%2e%2e/b",
                "/a/%2e%2E",
                // parameters
                "/;",
                "/a;",
                "/a;x",
                "/a;x=y/b",
                "/;/a",
                "/..;/a",
                "/a/..;x/b",
                "/a/.;/b",
                "/a%3b",
                "/a%3Bx=y/b",
                "/..%3B/a",
                // other separators
                "/a\\b",
                "\\a",
                "/\\a",
                "/..\\a",
                "/a%5cb",
                "/a%5Cb",
                "/..%5c..%5ca",
                "/%2F",
                "/%2fa",
                "/a/..%2fb",
                // encoded twice
                "/%25",
                "/a%25b",
                "/%252e%252e/a",
                "/a%252fb",
                "/%25%32%65",
                // broken encoding
                "/%",
                "/a%",
                "/a%2",
                "/a%2/b",
                "/a%zz",
                "/a%g1",
                "/a%1g",
                "/a% 1",
                "/a%+1",
                "/a%-1",
                "/%u002e",
                "/%%32%65",
                // broken UTF-8
                "/%c0%ae",
                "/%c0%ae%c0%ae/a",
                "/%c0%af",
                "/%c1%9c",
                "/%e0%80%af",
                "/%f0%80%80%af",
                "/%ff",
                "/%80",
                "/%c3",
                "/%c3/%a9",
                "/%ed%a0%80",
                "/%f4%90%80%80",
                "/%e9",
                // controls
                "/%00",
                "/a%00",
                "/a%00.json",
                "/a%00/b",
                "/a%0a",
                "/a%0d%0aX-Header:%20y",
                "/a%09b",
                "/a%1b",
                "/a%7f",
                "/a%c2%80",
                "/a%c2%85",
                "/a%c2%9f",
                "/a\u0000",
                "/a\nb",
                "/a\tb",
                // what must be encoded
                "/a b",
                "/\u00e9",
                "/\uff0e\uff0e/a",
                "/a?b",
                "/a#b",
                "/a\"b",
                "/<a>",
                "/a|b",
                "/a^b",
                "/a`b",
                "/{a}",
                "/[a]",
                "/a\u007f");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void path_thatReadsInTwoWays_isRefused(String raw) {
        List<String> containers =
                List.of(raw, raw.replaceAll("(?i)%2e", "."), raw.replaceAll(";.*", ""), "/a", "/a/b", "/b", "/", "");
        for (String container : containers) {
            for (String context : List.of("", "/app")) {
                PathReading reading = PathReading.read(context + raw, context, container, Optional.empty());
                if (raw.isEmpty() && !context.isEmpty() && container.isEmpty()) {
                    assertThat(reading).as("the context path itself").isEqualTo(new PathReading.Read("/"));
                    continue;
                }
                assertThat(reading).as("%s as %s", context + raw, container).isInstanceOf(PathReading.Refused.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/secret-part/..", "/secret-part;x", "/secret-part/%2f", "/secret-part//", "/secret-part%zz"})
    void reason_repeatsNothingOfThePath(String raw) {
        PathReading reading = PathReading.read(raw, "", raw, Optional.empty());
        assertThat(((PathReading.Refused) reading).reason()).isNotEmpty().doesNotContain("secret-part");
    }

    /** The reason is what the owner sees in the log: it names what was found. */
    @ParameterizedTest
    @CsvSource({
        "/%2Fa, encoded '/' is decoded",
        "/a%2F/b, encoded '/' is decoded",
        "/a%25b, encoded '/' or '%'",
        "/a%zz, without two digits",
        "/%ff, broken",
        "/a%5Cb, '\\'",
        "/a%3Bb, ';'",
        "/a/.., segment",
        "/a%00, control",
        "/a//b, empty segment",
    })
    void reason_namesWhatWasFound(String raw, String part) {
        PathReading reading = PathReading.read(raw, "", raw, Optional.empty());
        assertThat(((PathReading.Refused) reading).reason()).contains(part);
    }

    @ParameterizedTest
    @CsvSource({
        // as sent, context, servlet path, path info
        "/admin, '', /public, ",
        "/public, '', /admin, ",
        "/a/b, '', /a, ",
        "/a, '', /a/b, ",
        "/a, '', /a, /b",
        "/a/b, '', /a, /c",
        "/a/b, '', /a, b",
        "/A, '', /a, ",
        "/a/, '', /a, ",
        "/a, '', /a/, ",
        "/a+b, '', '/a b', ",
        "/a%20b, '', /a%20b, ",
        "/a%20b, '', /a+b, ",
        "/caf%C3%A9, '', /caf\u00c3\u00a9, ",
        "/cafe%CC%81, '', /caf\u00e9, ",
        "/x, /app, /x, ",
        "/app/x, '', /x, ",
        "/app/x, /app, /app/x, ",
        "/App/x, /app, /x, ",
        "/application/x, /app, lication/x, ",
        "/app, /app, /, ",
        "/appx, /app, x, ",
        "/other/x, /app, /x, ",
        "/a/x, /a/b, /x, ",
        "/app/x, /%zz, /x, ",
    })
    void container_thatReadOtherwise_isRefused(String raw, String context, String servletPath, String pathInfo) {
        assertThat(PathReading.read(raw, context, servletPath, Optional.ofNullable(pathInfo)))
                .isInstanceOf(PathReading.Refused.class);
    }

    /** A container decodes such a slash, or leaves it as it was sent. */
    @ParameterizedTest
    @CsvSource({
        // as sent, context, the container's reading, the segments
        "/a%2Fb, '', /a%2Fb, a/b",
        "/a%2fb, '', /a%2fb, a/b",
        "/a%2Fb, '', /a/b, a/b",
        "/x/a%2Fb/c, '', /x/a/b/c, x|a/b|c",
        "/x/a%2Fb%2fc/d, '', /x/a%2Fb%2fc/d, x|a/b/c|d",
        "/x/%24a%2F%C3%A9, '', /x/$a/\u00e9, x|$a/\u00e9",
        "/x/%24a%2F%C3%A9, '', /x/$a%2F\u00e9, x|$a/\u00e9",
        "/x/a%2F, '', /x/a%2F, x|a/",
        "/x/a%2Fb/, '', /x/a/b/, x|a/b|",
        "/app/a%2Fb, /app, /a/b, a/b",
        "/%61pp/a%2Fb, /%61pp, /a%2Fb, a/b",
        "/a%20b/c%2Fd, /a b, /c/d, c/d",
    })
    void encodedSlash_isToldApart(String raw, String context, String seen, String segments) {
        PathReading reading = PathReading.read(raw, context, seen, Optional.empty());

        List<String> expected = List.of(segments.split("\\|", -1));
        assertThat(reading).isEqualTo(new PathReading.Slashed(expected));
        assertThat(((PathReading.Slashed) reading).path()).isEqualTo("/" + String.join("/", expected));
    }

    @ParameterizedTest
    @CsvSource({
        // as sent, context, the container's reading
        "/a%2Fb, '', /a",
        "/a%2Fb, '', /a%2fb",
        "/a%2Fb, '', /a//b",
        "/a%2Fb, '', /a%252Fb",
        "/a%2Fb%2Fc, '', /a/b%2Fc",
        "/x/a%2Fb, '', /a/b",
        "/app%2Fx, /app, /x",
        "/app%2Fx/y, /app/x, /y",
        "/other/a%2Fb, /app, /a/b",
        "/app/a%2Fb, /app/a, /b",
        "/x/%2F, '', /x//",
        "/x/a%2F%2Fb, '', /x/a//b",
        "/x/%2Fa, '', /x//a",
        "/x/a%2F/b, '', /x/a//b",
        "/x/a%2F.%2Fb, '', /x/a/./b",
        "/x/a%2F..%2F..%2Fb, '', /x/a/../../b",
        "/x/..%2Fb, '', /x/../b",
        "/x/a%2F%2e%2e, '', /x/a/..",
        "/x/a%2Fb;c, '', /x/a/b;c",
        "/x/a%2Fb%3Bc, '', /x/a/b;c",
        "/x/a%2F%5Cb, '', /x/a/\\b",
        "/x/a%2F%00b, '', /x/a/\u0000b",
        "/x/a%2F%25b, '', /x/a/%b",
        "/x/a%252Fb, '', /x/a%2Fb",
        "/x/a%2F%zz, '', /x/a/%zz",
        "/x/a%2F%ff, '', /x/a/\u00ff",
        "/x/a%2F%c0%af, '', /x/a//",
    })
    void encodedSlash_withAnythingElseToReadInTwoWays_isRefused(String raw, String context, String seen) {
        assertThat(PathReading.read(raw, context, seen, Optional.empty())).isInstanceOf(PathReading.Refused.class);
    }
}
