package dev.keystile.key;

/** The character sets of names, in one place. */
final class Names {

    private Names() {}

    /** A lower-case letter, then lower-case letters, digits or {@code -}, {@code max} characters at most. */
    static boolean isName(String text, int max) {
        if (text.isEmpty() || text.length() > max || !isLower(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isLower(c) && !isDigit(c) && c != '-') {
                return false;
            }
        }
        return true;
    }

    static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isBase62(char c) {
        return isDigit(c) || isLower(c) || (c >= 'A' && c <= 'Z');
    }

    /** A label without blanks. */
    static String requireWord(String what, String text, int max) {
        requireLabel(what, text, max);
        if (text.chars().anyMatch(Character::isWhitespace)) {
            throw new IllegalArgumentException(what + " '" + text + "': expected no blanks");
        }
        return text;
    }

    /** What one line of a log, a header or a table can show: no control character, {@code max} characters at most. */
    static String requireLabel(String what, String text, int max) {
        if (text.isBlank() || text.length() > max) {
            throw new IllegalArgumentException(
                    what + " '" + text + "': expected 1 to " + max + " characters, not all blank");
        }
        if (text.codePoints().anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)) {
            throw new IllegalArgumentException(what + ": holds a control character, or half of one");
        }
        return text;
    }
}
