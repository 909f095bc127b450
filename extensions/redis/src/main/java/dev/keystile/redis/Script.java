package dev.keystile.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A script that Redis runs, and what Redis calls it once it was sent.
 *
 * @param text   in Lua
 * @param digest SHA-1, in hexadecimal
 */
record Script(String text, String digest) {

    static Script of(String text) {
        try {
            return new Script(
                    text,
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8))));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-1", missing);
        }
    }

    /** What takes a request's part from all of its counts. */
    static Script take() {
        try (@Nullable InputStream stream = Script.class.getResourceAsStream("take.lua")) {
            if (stream == null) {
                throw new IllegalStateException("take.lua is not where it was packed");
            }
            return of(new String(stream.readAllBytes(), UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
