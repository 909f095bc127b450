package dev.keystile.scope;

import java.util.Locale;

/**
 * Tells whether a query lists a value, in any spelling in which a parser of the application may find it there.
 *
 * <p>Applications read queries by parsers of their own, which split at {@code &} or at {@code ;} too, take {@code +} for a
 * blank, or know {@code name[]} and {@code name.x}. So this reads too much rather than too little: whoever lists a value in
 * a way that no parser understands is asked for its scope as well.
 */
final class QueryReader {

    /** How often a text is decoded at most: what is encoded more often than this is nobody's value. */
    private static final int MAX_DECODINGS = 3;

    private QueryReader() {}

    /** Whether a text can be listed: letters, digits, {@code _}, {@code -} and {@code .}. */
    static boolean isListable(String text) {
        return !text.isEmpty() && text.chars().allMatch(QueryReader::isOfValue);
    }

    private static boolean isOfValue(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || c == '.';
    }

    /**
     * Whether a parameter may list a value.
     *
     * @param rawQuery as sent, without {@code ?}
     */
    static boolean lists(String rawQuery, String parameter, String value) {
        String query = rawQuery;
        for (int i = 0; ; i++) {
            if (holds(query, parameter, value)) {
                return true;
            }
            String decoded = i == MAX_DECODINGS ? query : decode(query);
            if (decoded.equals(query)) {
                return false;
            }
            query = decoded;
        }
    }

    private static boolean holds(String query, String parameter, String value) {
        for (String pair : query.split("&", -1)) {
            if (isListedIn(pair, parameter, value)) {
                return true;
            }
            if (pair.indexOf(';') >= 0) {
                for (String part : pair.split(";", -1)) {
                    if (isListedIn(part, parameter, value)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean isListedIn(String pair, String parameter, String value) {
        String decoded = decodeAll(pair);
        int end = endOfName(decoded, parameter);
        return end >= 0 && (holdsForeign(decoded, end, decoded.length()) || isBetweenOthers(decoded, end, value));
    }

    /** Behind the parameter's name and what ends it, if the pair may give it a value; else -1. */
    private static int endOfName(String pair, String parameter) {
        int equals = pair.indexOf('=');
        if (equals >= 0 && holdsForeign(pair, 0, equals)) {
            return equals + 1;
        }
        int start = 0;
        while (start < pair.length() && isBeforeName(pair.charAt(start))) {
            start++;
        }
        if (!pair.regionMatches(true, start, parameter, 0, parameter.length())) {
            return -1;
        }
        int end = start + parameter.length();
        while (end < pair.length() && isBlank(pair.charAt(end))) {
            end++;
        }
        return end < pair.length() && "=[.".indexOf(pair.charAt(end)) >= 0 ? end + 1 : -1;
    }

    /** Spring's binder takes {@code !name} for the value of a parameter that is not there. */
    private static boolean isBeforeName(char c) {
        return isBlank(c) || c == '!';
    }

    /**
     * Whether there is something that is not ASCII: which letters it makes depends on the character set, and some letters of
     * others are ASCII to those who compare without regard to case ({@code "\u017f".equalsIgnoreCase("s")}).
     */
    private static boolean holdsForeign(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) == 0 || text.charAt(i) > 0x7f) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBlank(char c) {
        return c <= ' ' || c == '+' || c == 0x7f || c == 0xa0;
    }

    /** Whether the value stands somewhere behind an index, with no character of a longer value around it. */
    private static boolean isBetweenOthers(String text, int from, String value) {
        String lower = text.toLowerCase(Locale.ROOT);
        String wanted = value.toLowerCase(Locale.ROOT);
        for (int at = lower.indexOf(wanted, from); at >= 0; at = lower.indexOf(wanted, at + 1)) {
            int end = at + wanted.length();
            boolean begins = at == from || !isOfValue(lower.charAt(at - 1));
            boolean ends = end == lower.length() || !isOfValue(lower.charAt(end));
            if (begins && ends) {
                return true;
            }
        }
        return false;
    }

    private static String decodeAll(String text) {
        String decoded = text;
        for (int i = 0; i < MAX_DECODINGS && decoded.indexOf('%') >= 0; i++) {
            decoded = decode(decoded);
        }
        return decoded;
    }

    /** Each byte as one character, for parameters and values are ASCII. What is no encoding stays as it is. */
    private static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        StringBuilder decoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int high = c == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
            if (low < 0) {
                decoded.append(c);
            } else {
                decoded.append((char) (high << 4 | low));
                i += 2;
            }
        }
        return decoded.toString();
    }
}
