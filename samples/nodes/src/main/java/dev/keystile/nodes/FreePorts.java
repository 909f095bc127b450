package dev.keystile.nodes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports of this machine that nobody listens on. */
final class FreePorts {

    private static final int ATTEMPTS = 100;
    private static final int MAX_PORT = 65_535;

    private FreePorts() {}

    /** The first of so many, one beside the other. */
    static int consecutive(int count) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int first = any();
            boolean allFree = first + count - 1 <= MAX_PORT;
            for (int port = first + 1; allFree && port < first + count; port++) {
                allFree = isFree(port);
            }
            if (allFree) {
                return first;
            }
        }
        throw new IOException("there are no " + count + " ports in a row that are free");
    }

    static int any() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As Jetty does: connections that ended just now are in nobody's way.
            socket.setReuseAddress(true);
            socket.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
