package dev.keystile.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The files of the page, from the jar. They are the same for everybody and hold no data, so browsers may keep them; they ask
 * each time whether they are still the same.
 *
 * <p>Immutable and safe for use by many threads.
 */
final class Assets {

    @SuppressWarnings("ArrayRecordComponent")
    private record File(String contentType, byte[] bytes, String tag) {}

    private static final Map<String, String> TYPES = Map.of(
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private static final String[] NAMES = {
        "console.css",
        "activity.js",
        "api.js",
        "chart.js",
        "console.js",
        "create.js",
        "dom.js",
        "icon.svg",
        "key.js",
        "keys.js",
        "secret.js",
        "words.js"
    };

    /** Where the link stands in the page. */
    private static final String LOGIN_LINK = "<!-- login -->";

    private final Map<String, File> files = new HashMap<>();
    private final byte[] page;
    private final String loginPage;

    Assets() {
        for (String name : NAMES) {
            byte[] bytes = read(name);
            String type = Objects.requireNonNull(TYPES.get(name.substring(name.indexOf('.') + 1)));
            files.put(name, new File(type, bytes, tag(bytes)));
        }
        page = read("console.html");
        loginPage = new String(read("login.html"), StandardCharsets.UTF_8);
    }

    private static byte[] read(String name) {
        try (InputStream file = Assets.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(file, name).readAllBytes();
        } catch (IOException damaged) {
            throw new UncheckedIOException("the jar of the console has no readable " + name, damaged);
        }
    }

    private static String tag(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }

    /**
     * One of the files; empty if there is none of that name.
     *
     * @param known the {@code If-None-Match} of the request, empty if it has none
     */
    Optional<Answer> find(String name, String known) {
        return Optional.ofNullable(files.get(name)).map(file -> {
            Map<String, String> headers = Map.of("Cache-Control", "no-cache", "ETag", file.tag());
            return known.contains(file.tag())
                    ? Answer.empty(304, headers)
                    : new Answer(200, file.contentType(), file.bytes(), headers);
        });
    }

    /** The page, for a member. */
    Answer page() {
        return Answer.page(200, page);
    }

    /** What a browser shows in its place where nobody is logged in. */
    Answer loginPage(Optional<String> loginUrl) {
        String link = loginUrl.map(url -> "<p><a class=\"button primary\" href=\"" + escaped(url) + "\">Log in</a></p>")
                .orElse("");
        return Answer.page(401, loginPage.replace(LOGIN_LINK, link).getBytes(StandardCharsets.UTF_8));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
