package dev.keystile.containers;

import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What stands for other text in the files of the table; the head of {@code requests.txt} tells it. */
final class Escapes {

    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:x([0-9A-Fa-f]{2})|\\{(\\d+)\\*([^}]*)}|(.))");

    private Escapes() {}

    /** @param letters what the capital letters stand for: the context path, keys */
    static String resolve(String text, Map<Character, String> letters) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        return ESCAPE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(resolve(match, letters)));
    }

    private static String resolve(MatchResult match, Map<Character, String> letters) {
        if (match.group(1) != null) {
            return String.valueOf((char) Integer.parseInt(match.group(1), 16));
        }
        if (match.group(2) != null) {
            return resolve(match.group(3), letters).repeat(Integer.parseInt(match.group(2)));
        }
        char letter = match.group(4).charAt(0);
        return switch (letter) {
            case 'r' -> "\r";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '\\' -> "\\";
            case '!' -> "";
            default -> {
                String meant = letters.get(letter);
                if (meant == null) {
                    throw new IllegalArgumentException("unknown escape " + match.group());
                }
                yield meant;
            }
        };
    }

    /** Puts the context path before a target, unless that says itself where it goes. */
    static String withContextPath(String target) {
        boolean left = target.contains("\\C") || target.contains("\\!") || !target.startsWith("/");
        return left ? target : "\\C" + target;
    }

    static String printable(String text) {
        return text.codePoints()
                .mapToObj(c -> c >= ' ' && c < 0x7f ? Character.toString(c) : String.format("<%04x>", c))
                .collect(Collectors.joining());
    }
}
