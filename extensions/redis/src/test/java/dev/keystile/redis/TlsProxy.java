package dev.keystile.redis;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;

/** What speaks TLS for a Redis that does not, and sees what clients send before they do. */
final class TlsProxy implements AutoCloseable {

    /** The kind of record that a conversation in TLS begins with. */
    private static final int HANDSHAKE = 22;

    private static final int PIECE = 8192;

    private final AtomicInteger encrypted = new AtomicInteger();
    private final AtomicInteger plain = new AtomicInteger();
    private final AtomicLong passedOn = new AtomicLong();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ServerSocket server;
    private final RedisProcess redis;
    private volatile SSLContext context;

    TlsProxy(SSLContext context, RedisProcess redis) {
        this.context = context;
        this.redis = redis;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        run(this::accept);
    }

    String url() {
        return "rediss://localhost:" + server.getLocalPort();
    }

    /** Breaks all connections, and has another certificate for the next ones. */
    void show(SSLContext other) {
        context = other;
        sockets.forEach(TlsProxy::close);
    }

    /** How many connections began with a handshake of TLS. */
    int encrypted() {
        return encrypted.get();
    }

    /** How many began otherwise. */
    int plain() {
        return plain.get();
    }

    /** How many bytes clients had for Redis. */
    long passedOn() {
        return passedOn.get();
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void run(Step step) {
        Thread thread = new Thread(
                () -> {
                    try {
                        step.run();
                    } catch (IOException ended) {
                        // By one of both sides.
                    }
                },
                "tls-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (!server.isClosed()) {
            Socket raw = server.accept();
            sockets.add(raw);
            run(() -> serve(raw));
        }
    }

    private void serve(Socket raw) throws IOException {
        try (raw) {
            int first = raw.getInputStream().read();
            if (first < 0) {
                return;
            }
            (first == HANDSHAKE ? encrypted : plain).incrementAndGet();
            InputStream seen = new ByteArrayInputStream(new byte[] {(byte) first});
            try (Socket client = context.getSocketFactory().createSocket(raw, seen, true);
                    Socket behind = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
                run(() -> {
                    try (client) {
                        behind.getInputStream().transferTo(client.getOutputStream());
                    }
                });
                InputStream from = client.getInputStream();
                OutputStream to = behind.getOutputStream();
                byte[] piece = new byte[PIECE];
                for (int length = from.read(piece); length >= 0; length = from.read(piece)) {
                    passedOn.addAndGet(length);
                    to.write(piece, 0, length);
                }
            }
        } finally {
            sockets.remove(raw);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        sockets.forEach(TlsProxy::close);
    }
}
