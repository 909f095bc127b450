package dev.keystile.benchmarks;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A response that keeps what filters say and allocates next to nothing; it is used again and again, as containers do. */
final class StubResponse extends HttpServletResponseWrapper {

    private static final int MOST_HEADERS = 32;

    private final String[] names = new String[MOST_HEADERS];
    private final String[] values = new String[MOST_HEADERS];
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
    private final ServletOutputStream stream = new Body(body);
    private int headerCount;
    private int status;

    StubResponse() {
        super(Stub.refusing(HttpServletResponse.class));
    }

    /** Becomes the response to a new request. */
    void begin() {
        headerCount = 0;
        status = SC_OK;
        body.reset();
    }

    /** All headers by name; of several field lines, the last. */
    Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 0; i < headerCount; i++) {
            headers.put(names[i], values[i]);
        }
        return headers;
    }

    String body() {
        return body.toString(StandardCharsets.UTF_8);
    }

    @Override
    public int getStatus() {
        return status;
    }

    @Override
    public void setStatus(int code) {
        status = code;
    }

    @Override
    public boolean isCommitted() {
        return false;
    }

    @Override
    public int getBufferSize() {
        return 8192;
    }

    @Override
    public void resetBuffer() {
        body.reset();
    }

    @Override
    public void setContentLength(int length) {
        // The body says it.
    }

    @Override
    public void setContentType(String type) {
        setHeader("Content-Type", type);
    }

    @Override
    public void setHeader(String name, String value) {
        int found = find(name);
        if (found < 0) {
            addHeader(name, value);
        } else {
            values[found] = value;
        }
    }

    @Override
    public void addHeader(String name, String value) {
        names[headerCount] = name;
        values[headerCount++] = value;
    }

    @Override
    public boolean containsHeader(String name) {
        return find(name) >= 0;
    }

    @Override
    public @Nullable String getHeader(String name) {
        int found = find(name);
        return found < 0 ? null : values[found];
    }

    @Override
    public Collection<String> getHeaders(String name) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < headerCount; i++) {
            if (names[i].equalsIgnoreCase(name)) {
                found.add(values[i]);
            }
        }
        return found;
    }

    private int find(String name) {
        for (int i = 0; i < headerCount; i++) {
            if (names[i].equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public ServletOutputStream getOutputStream() {
        return stream;
    }

    @Override
    public void flushBuffer() {
        // There is nobody to send it to.
    }

    private static final class Body extends ServletOutputStream {

        private final ByteArrayOutputStream bytes;

        Body(ByteArrayOutputStream bytes) {
            this.bytes = bytes;
        }

        @Override
        public void write(int octet) {
            bytes.write(octet);
        }

        @Override
        public void write(byte[] octets, int offset, int length) {
            bytes.write(octets, offset, length);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException("nothing here is written asynchronously");
        }
    }
}
