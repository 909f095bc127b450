package dev.keystile.nodes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of this machine that nobody listens on, below those that systems give to outgoing connections: whoever listens there can be
 * started again on the same port, however many connections were made meanwhile, to that very port among them.
 */
final class FreePorts {

    private static final int MIN = 15_000;
    private static final int MAX = 30_000;
    private static final int ATTEMPTS = 1_000;

    private FreePorts() {}

    static int any() throws IOException {
        return consecutive(1);
    }

    /** The first of so many, one beside the other. */
    static int consecutive(int count) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(MIN, MAX);
            int free = 0;
            while (free < count && isFree(first + free)) {
                free++;
            }
            if (free == count) {
                return first;
            }
        }
        throw new IOException("there are no " + count + " ports in a row that are free");
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As servers do: connections that ended just now are in nobody's way.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
