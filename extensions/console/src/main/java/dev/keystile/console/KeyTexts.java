package dev.keystile.console;

import dev.keystile.key.ImportFormat;
import dev.keystile.key.KeyPrefix;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judges texts that people type or paste: knows a key, or most of one, inside a text, so that none ends up in a name, a
 * search or an answer.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @param prefixes what minted keys begin with
 * @param imports  what keys look like that were minted elsewhere
 */
record KeyTexts(List<KeyPrefix> prefixes, List<ImportFormat> imports) {

    /** What no key has in it stands around one. */
    private static final Pattern WORD = Pattern.compile("[^\\s\"'`<>()\\[\\]{},;:]+");

    /** More than an id, and no word or name. */
    private static final int LEAST_RUN = 20;

    private static final String HIDDEN = "[…]";

    KeyTexts {
        prefixes = List.copyOf(prefixes);
        imports = List.copyOf(imports);
    }

    /** Whether a text is one line without control characters, of 1 to so many characters that are not all blank. */
    static boolean isLine(String text, int max) {
        return !text.isBlank()
                && text.length() <= max
                && text.codePoints()
                        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    /** Whether a text holds what may be a key. */
    boolean mayHoldKey(String text) {
        return !hidden(text).equals(text);
    }

    /** A text without what may be a key. */
    String hidden(String text) {
        String shown = text;
        for (KeyPrefix prefix : prefixes) {
            shown = hidden(shown, prefix.text());
        }
        return imports.isEmpty()
                ? shown
                : WORD.matcher(shown)
                        .replaceAll(word -> Matcher.quoteReplacement(isForeign(word.group()) ? HIDDEN : word.group()));
    }

    private boolean isForeign(String word) {
        return imports.stream().anyMatch(format -> format.fits(word));
    }

    private static String hidden(String text, String prefix) {
        StringBuilder shown = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
            int end = at + prefix.length();
            while (end < text.length() && isBase62(text.charAt(end))) {
                end++;
            }
            if (at >= from && end - at - prefix.length() >= LEAST_RUN) {
                shown.append(text, from, at).append(HIDDEN);
                from = end;
            }
        }
        return shown.append(text, from, text.length()).toString();
    }

    private static boolean isBase62(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
