package dev.keystile.benchmarks.flood;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One HTTP/1.1 connection that stays open. Not safe for use by many threads. */
final class Connection implements AutoCloseable {

    private static final String LENGTH = "content-length:";

    private final Socket socket = new Socket();
    private final InputStream in;
    private boolean over;

    /** @param source the address to send from */
    Connection(String source, int port) throws IOException {
        socket.setTcpNoDelay(true);
        socket.bind(new InetSocketAddress(source, 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(30_000);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    /** A request with a key. */
    static String request(String key, String moreHeaders) {
        return "GET /v1/items/1 HTTP/1.1\r\nHost: a\r\n" + moreHeaders + "Authorization: Bearer " + key + "\r\n\r\n";
    }

    /** A request that needs no key. */
    static String openRequest() {
        return "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    void send(String requests) throws IOException {
        socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether the last response said that it was the last. */
    boolean isOver() {
        return over;
    }

    /** Reads one response; its status. */
    int receive() throws IOException {
        String start = line();
        int length = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            if (line.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
                length = Integer.parseInt(line.substring(LENGTH.length()).strip());
            } else if (line.equalsIgnoreCase("connection: close")) {
                over = true;
            }
        }
        in.skipNBytes(length);
        return Integer.parseInt(start.substring(9, 12));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (c == '\n') {
                return line.toString();
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
