package dev.keystile.nodes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP connection between a node and a server, that can be cut: what is sent goes nowhere, and nobody is told. */
final class FaultProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    FaultProxy(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** From now on nothing passes, in connections that are there and in new ones, and none is refused. */
    void cut() {
        cut = true;
    }

    /** Ends all connections that were there meanwhile, and lets new ones pass. */
    void mend() {
        cut = false;
        open.forEach(FaultProxy::close);
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "fault-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                if (!cut) {
                    Socket server = connect();
                    open.add(server);
                    daemon(() -> pass(client, server));
                    daemon(() -> pass(server, client));
                }
            } catch (IOException gone) {
                // The server is away, or the proxy is closed: the next one is accepted or not.
            }
        }
    }

    private Socket connect() throws IOException {
        try {
            return new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException away) {
            open.forEach(FaultProxy::close);
            throw away;
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                // While it is cut, it is lost; the connection does not work again, as after a partition that outlasts
                // it.
                if (!cut) {
                    out.write(buffer, 0, length);
                }
            }
        } catch (IOException gone) {
            // Both sides end.
        } finally {
            close(from);
            close(to);
            open.remove(from);
            open.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException closedAnyway) {
            // It is what was wanted.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(FaultProxy::close);
    }
}
