package dev.keystile.nodes;

import java.io.IOException;

/** What a process is told. */
final class Signal {

    private Signal() {}

    /** @param name such as {@code STOP} */
    static void send(String name, long pid) throws IOException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .inheritIO()
                .start();
        try {
            if (kill.waitFor() != 0) {
                throw new IOException("kill -" + name + " " + pid + " ended with " + kill.exitValue());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }
}
