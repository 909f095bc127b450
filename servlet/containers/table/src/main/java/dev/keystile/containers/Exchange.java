package dev.keystile.containers;

import jakarta.servlet.DispatcherType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A case as it went over the wire.
 *
 * @param port     the client's; where the case is not numbered it tells whose handler was reached
 * @param response all that was said; empty if it did not end in time
 */
record Exchange(Case sent, int port, Optional<String> response) {

    /** The status of a connection that the server closed without a word. */
    static final String HUNG_UP = "hung up";

    private static final String NO_STATUS = "no status";
    private static final String HEAD_END = "\r\n\r\n";
    private static final int SHOWN_LENGTH = 500;
    private static final Pattern KEY = Pattern.compile("(tk_[a-z]+_\\w{0,4})\\w*");
    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.[01] (\\d{3})");

    /** All of it, empty if there was nothing. */
    String text() {
        return response.orElse("");
    }

    /** Without what only says that the request may go on. */
    private String answer() {
        String answer = text();
        while (answer.startsWith("HTTP/1.1 1")) {
            answer = answer.substring(Math.min(answer.length(), headLength(answer) + HEAD_END.length()));
        }
        return answer;
    }

    private static int headLength(String answer) {
        int end = answer.indexOf(HEAD_END);
        return end < 0 ? answer.length() : end;
    }

    /** Three digits, or what happened instead. */
    String status() {
        if (text().isEmpty()) {
            return response.isEmpty() ? "late" : HUNG_UP;
        }
        Matcher matcher = STATUS.matcher(answer());
        return matcher.find() ? matcher.group(1) : NO_STATUS;
    }

    /** The first value of a header of the first response. */
    Optional<String> header(String name) {
        return head().lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst();
    }

    /** What follows the head of the first response, framed as it came. */
    String body() {
        String answer = answer();
        return answer.substring(Math.min(answer.length(), headLength(answer) + HEAD_END.length()));
    }

    private String head() {
        return answer().substring(0, headLength(answer()));
    }

    /** A denial as no container writes one. */
    private boolean isDenial() {
        boolean problem = header("Content-Type").orElse("").startsWith("application/problem+json")
                && header("Cache-Control").orElse("").equals("no-store");
        return problem || text().contains("\"request_id\":\"req_");
    }

    /**
     * Who had the last word: {@code filter}, {@code handler} for whatever stands behind it, or {@code container} where
     * that answered before or in place of both. An error page is the container's answer.
     */
    String answeredBy(List<Reach> reaches) {
        if (isDenial()) {
            return "filter";
        }
        return reaches.stream().anyMatch(reach -> reach.type() != DispatcherType.ERROR) ? "handler" : "container";
    }

    @Override
    public String toString() {
        String text = sent.text();
        return sent.caller() + " [" + text.substring(0, Math.min(text.length(), 250)) + "] -> " + status() + shown();
    }

    /** The beginning of what is no answer, so that a finding says what was read instead. No key is shown whole. */
    private String shown() {
        if (!status().equals(NO_STATUS)) {
            return "";
        }
        String masked = KEY.matcher(text()).replaceAll(match -> match.group(1) + "***");
        return ": " + Escapes.printable(masked.substring(0, Math.min(masked.length(), SHOWN_LENGTH)));
    }
}
