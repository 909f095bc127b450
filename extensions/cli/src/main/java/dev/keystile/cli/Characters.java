package dev.keystile.cli;

import java.nio.charset.Charset;

/**
 * Texts as a terminal can show them: what members called their keys must not move the cursor of whoever lists them.
 *
 * @param ellipsis what stands for characters left out, one wide
 */
record Characters(String ellipsis) {

    private static final String ELLIPSIS = "…";

    /** Those that can be written in a charset. */
    static Characters of(Charset charset) {
        boolean writable = charset.canEncode() && charset.newEncoder().canEncode(ELLIPSIS);
        return new Characters(writable ? ELLIPSIS : "~");
    }

    /** The text with a {@code ?} for each character that is not seen, or turns the direction of others. */
    String printable(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == ELLIPSIS.charAt(0)) {
                shown.append(ellipsis);
            } else if (isSeen(c)) {
                shown.appendCodePoint(c);
            } else {
                shown.append('?');
            }
        });
        return shown.toString();
    }

    private static boolean isSeen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    /** How many columns a text takes. */
    static int width(String text) {
        return text.codePoints().map(Characters::width).sum();
    }

    private static int width(int c) {
        int type = Character.getType(c);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide = Character.isIdeographic(c)
                || (c >= 0x1100 && c <= 0x115F)
                || (c >= 0x3000 && c <= 0x30FF)
                || (c >= 0xAC00 && c <= 0xD7A3)
                || (c >= 0xFF01 && c <= 0xFF60)
                || (c >= 0x1F300 && c <= 0x1FAFF);
        return wide ? 2 : 1;
    }

    /** The beginning of a text, with an ellipsis where something is left out. */
    String cut(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        StringBuilder kept = new StringBuilder();
        int used = 1;
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            int c = text.codePointAt(i);
            used += width(c);
            if (used > columns) {
                break;
            }
            kept.appendCodePoint(c);
        }
        return kept + ellipsis;
    }
}
