package dev.keystile.http;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The seconds of the minute to come in decimal digits, each made once: most counts begin anew in one of them. Safe for use
 * by many threads.
 */
final class SecondTexts {

    private static final int KEPT = 64;

    private final AtomicReferenceArray<@Nullable Text> texts = new AtomicReferenceArray<>(KEPT);

    private record Text(long second, String digits) {}

    /**
     * A moment in decimal digits.
     *
     * @param second    the moment, in seconds since the UNIX epoch
     * @param nowSecond the same of now
     */
    String text(long second, long nowSecond) {
        if (second < nowSecond || second - nowSecond >= KEPT) {
            return Long.toString(second);
        }
        int slot = (int) second & (KEPT - 1);
        Text kept = texts.getPlain(slot);
        if (kept == null || kept.second() != second) {
            kept = new Text(second, Long.toString(second));
            texts.setPlain(slot, kept);
        }
        return kept.digits();
    }
}
