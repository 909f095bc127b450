package dev.keystile.benchmarks.flood;

import java.util.ArrayList;
import java.util.List;
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
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[3]); i++) {
            connections.add(new Connection(kind.manyAddresses() ? FloodServer.PROXY : FloodServer.CLIENT, port));
            connections.get(i).send(batch(kind, good));
        }
        long sent = 0;
        while (System.nanoTime() < end) {
            for (Connection connection : connections) {
                for (int i = 0; i < PIPELINED; i++) {
                    statuses.merge(connection.receive(), 1L, Long::sum);
                }
                sent += PIPELINED;
                connection.send(batch(kind, good));
            }
        }
        System.out.println("SENT " + sent);
        statuses.forEach((status, count) -> System.out.println("STATUS " + status + " " + count));
        for (Connection connection : connections) {
            connection.close();
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
