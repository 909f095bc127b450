package dev.keystile.config;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** {@code ${NAME}} in values. */
final class Variables {

    private Variables() {}

    /** Whether a <code>${</code> stands in a text that no <code>}</code> follows. */
    static boolean isUnclosed(String text) {
        int last = text.lastIndexOf("${");
        return last >= 0 && text.indexOf('}', last) < 0;
    }

    /** The text with all variables replaced; the name of each that there is none for goes to {@code missing}. */
    static String replace(String text, Function<String, Optional<String>> source, Consumer<String> missing) {
        StringBuilder replaced = new StringBuilder();
        int done = 0;
        for (int open = text.indexOf("${"); open >= 0; open = text.indexOf("${", done)) {
            int close = text.indexOf('}', open);
            if (close < 0) {
                break;
            }
            String name = text.substring(open + 2, close);
            Optional<String> value = source.apply(name);
            if (value.isEmpty()) {
                missing.accept(name);
            }
            replaced.append(text, done, open).append(value.orElse(""));
            done = close + 1;
        }
        return replaced.append(text, done, text.length()).toString();
    }
}
