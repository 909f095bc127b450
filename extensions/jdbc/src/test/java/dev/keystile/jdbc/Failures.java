package dev.keystile.jdbc;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a log would show of a failure. */
final class Failures {

    private Failures() {}

    /** The stack trace with all causes and what was suppressed. */
    static String text(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
