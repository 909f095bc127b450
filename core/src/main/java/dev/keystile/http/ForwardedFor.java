package dev.keystile.http;

import dev.keystile.key.IpAddresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What proxies say of whom they received a request from. */
final class ForwardedFor {

    private ForwardedFor() {}

    /** One for each proxy, the client's first; empty texts for those that say nothing. */
    static List<String> entries(TrustedProxies.Header header, ApiRequest request) {
        List<String> entries = new ArrayList<>();
        for (String line : request.headers(header.word())) {
            switch (header) {
                case X_FORWARDED_FOR -> entries.addAll(List.of(line.split(",", -1)));
                case FORWARDED -> unquotedParts(line, ',').forEach(element -> entries.add(forOf(element)));
            }
        }
        return entries;
    }

    /** The address of an entry, its port passed over; empty if it names none. */
    static Optional<InetAddress> address(String text) {
        String entry = text.strip();
        int end = entry.startsWith("[") ? entry.indexOf(']') + 1 : entry.indexOf(':');
        boolean hasPort = end > 0 && end < entry.length() && entry.indexOf(':', end + 1) < 0;
        if (!hasPort) {
            return IpAddresses.parse(entry);
        }
        boolean soundPort = entry.charAt(end) == ':' && isPort(entry.substring(end + 1));
        return soundPort ? IpAddresses.parse(entry.substring(0, end)) : Optional.empty();
    }

    private static boolean isPort(String text) {
        return !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The value of an element's {@code for}; empty if it has none. */
    private static String forOf(String element) {
        String value = "";
        for (String pair : unquotedParts(element, ';')) {
            String parameter = pair.strip();
            if (parameter.regionMatches(true, 0, "for=", 0, 4)) {
                if (!value.isEmpty()) {
                    return "";
                }
                value = parameter.substring(4);
            }
        }
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    /**
     * The parts between separators that do not stand in quotes; one empty part if a quote is left open, for what a proxy
     * appended would stand inside a client's quote.
     */
    private static List<String> unquotedParts(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                i++;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return quoted ? List.of("") : parts;
    }
}
