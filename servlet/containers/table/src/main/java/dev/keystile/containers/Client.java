package dev.keystile.containers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.Optional;

/** One connection of a client that sends bytes as they are, and reads responses as RFC 9112 frames them. */
final class Client implements Closeable {

    /** Long enough, on the busiest of machines, for anything but a server that has forgotten to answer. */
    static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket = new Socket();
    private final InputStream input;
    private boolean open = true;

    Client(InetSocketAddress address) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(address, TIMEOUT_MILLIS);
        input = new BufferedInputStream(socket.getInputStream());
    }

    int port() {
        return socket.getLocalPort();
    }

    /** Whether another request can be sent. */
    boolean isOpen() {
        return open;
    }

    void send(String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    }

    /**
     * The whole of what the server says until it hangs up, which may be in the middle; empty if it does not hang up in
     * time.
     */
    Optional<String> exchangeToTheEnd(String request) {
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        try {
            send(request);
            socket.shutdownOutput();
            input.transferTo(response);
        } catch (SocketTimeoutException late) {
            return Optional.empty();
        } catch (IOException hungUp) {
            // Refusing that way is fine.
        }
        return Optional.of(response.toString(ISO_8859_1));
    }

    /** One response, as far as it came before the server hung up; empty if it does not come in time. */
    Optional<String> exchange(String request) {
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        try {
            send(request);
            open = read(response, request.startsWith("HEAD "));
        } catch (SocketTimeoutException late) {
            open = false;
            return Optional.empty();
        } catch (IOException hungUp) {
            open = false;
        }
        return Optional.of(response.toString(ISO_8859_1));
    }

    /** One response, an interim one too; without its body if that is how such a request is answered. */
    String read(boolean head) throws IOException {
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        readOne(response, head);
        return response.toString(ISO_8859_1);
    }

    private boolean read(ByteArrayOutputStream response, boolean head) throws IOException {
        boolean goesOn = readOne(response, head);
        while (response.toString(ISO_8859_1).startsWith("HTTP/1.1 1") && goesOn) {
            response.reset();
            goesOn = readOne(response, head);
        }
        return goesOn;
    }

    /** Whether the connection goes on behind it. */
    private boolean readOne(ByteArrayOutputStream response, boolean head) throws IOException {
        String statusLine = readLine(response);
        if (!statusLine.startsWith("HTTP/1.")) {
            input.transferTo(response);
            return false;
        }
        String status = statusLine.length() < 12 ? "" : statusLine.substring(9, 12);
        boolean bodiless = head || status.startsWith("1") || status.equals("204") || status.equals("304");
        boolean goesOn = statusLine.startsWith("HTTP/1.1");
        boolean chunked = false;
        long length = -1;
        for (String line = readLine(response); !line.isEmpty(); line = readLine(response)) {
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                length = Long.parseLong(
                        header.substring("content-length:".length()).strip());
            }
            chunked |= header.startsWith("transfer-encoding:") && header.contains("chunked");
            goesOn &= !(header.startsWith("connection:") && header.contains("close"));
        }
        if (bodiless) {
            return goesOn;
        }
        if (chunked) {
            return readChunks(response) && goesOn;
        }
        if (length < 0) {
            input.transferTo(response);
            return false;
        }
        byte[] body = input.readNBytes((int) length);
        response.writeBytes(body);
        return goesOn && body.length == length;
    }

    private boolean readChunks(ByteArrayOutputStream response) throws IOException {
        while (true) {
            String size = readLine(response);
            if (size.isEmpty()) {
                return false;
            }
            int length = Integer.parseInt(size.strip(), 16);
            response.writeBytes(input.readNBytes(length));
            readLine(response);
            if (length == 0) {
                return true;
            }
        }
    }

    /** Up to the end of the line, or of the stream; without the line end, which is kept in the response. */
    private String readLine(ByteArrayOutputStream response) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = input.read(); c >= 0; c = input.read()) {
            response.write(c);
            if (c == '\n') {
                break;
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
