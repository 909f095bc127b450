package dev.keystile.benchmarks.flood;

import java.io.IOException;
import java.net.SocketException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One thread that sends bad keys as fast as it can, in a process of its own: pipelined over a few connections.
 *
 * <p>It prints {@code SENT <count>} and {@code STATUS <status> <count>} lines when its time is over.
 */
final class Flooder {

    private static final int PIPELINED = 32;

    private Flooder() {}

    /** @param args port, kind, seconds, connections, a good key */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        BadKeys kind = BadKeys.valueOf(args[1].toUpperCase(Locale.ROOT).replace('-', '_'));
        long end = System.nanoTime() + Long.parseLong(args[2]) * 1_000_000_000L;
        String good = args[4];
        Map<Integer, Long> statuses = new TreeMap<>();
        Connection[] connections = new Connection[Integer.parseInt(args[3])];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = connect(kind, port, good);
        }
        long sent = PIPELINED * (long) connections.length;
        while (System.nanoTime() < end) {
            for (int i = 0; i < connections.length; i++) {
                if (receive(connections[i], statuses)) {
                    connections[i].send(batch(kind, good));
                } else {
                    connections[i].close();
                    connections[i] = connect(kind, port, good);
                }
                sent += PIPELINED;
            }
        }
        System.out.println("SENT " + sent);
        statuses.forEach((status, count) -> System.out.println("STATUS " + status + " " + count));
        for (Connection connection : connections) {
            connection.close();
        }
    }

    private static Connection connect(BadKeys kind, int port, String good) throws IOException {
        Connection connection = new Connection(kind.manyAddresses() ? FloodServer.PROXY : FloodServer.CLIENT, port);
        connection.send(batch(kind, good));
        return connection;
    }

    /** Whether the connection is good for more: a server may close it, and answers nothing then of what stood behind. */
    private static boolean receive(Connection connection, Map<Integer, Long> statuses) throws IOException {
        try {
            for (int i = 0; i < PIPELINED; i++) {
                statuses.merge(connection.receive(), 1L, Long::sum);
                if (connection.isOver()) {
                    return false;
                }
            }
            return true;
        } catch (SocketException reset) {
            // Who closes with requests unread may reset the connection before its last answer has been read.
            return false;
        }
    }

    private static String batch(BadKeys kind, String good) {
        StringBuilder requests = new StringBuilder(PIPELINED * 128);
        for (int i = 0; i < PIPELINED; i++) {
            requests.append(kind.request(good));
        }
        return requests.toString();
    }
}
