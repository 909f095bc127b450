package dev.keystile;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is logged while it is open, at the levels that {@code simplelogger.properties} lets through. Tests that use it run
 * one after the other, as all do here.
 */
public final class Log implements AutoCloseable {

    private final PrintStream before = System.err;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private Log() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    /** Listens from now on. */
    public static Log listen() {
        return new Log();
    }

    /** The lines so far. */
    public List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Override
    public void close() {
        System.setErr(before);
    }
}
