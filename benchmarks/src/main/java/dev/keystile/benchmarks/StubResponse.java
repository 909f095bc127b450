package dev.keystile.benchmarks;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A response that keeps what filters say, as small as {@link StubRequest} and made for one call like it. */
final class StubResponse extends HttpServletResponseWrapper {

    private static final HttpServletResponse NOTHING = Stub.refusing(HttpServletResponse.class);

    private @Nullable Header headers;
    private @Nullable Body body;
    private int status = SC_OK;

    private static final class Header {
        private final String name;
        private final @Nullable Header next;
        private String value;

        Header(String name, String value, @Nullable Header next) {
            this.name = name;
            this.value = value;
            this.next = next;
        }
    }

    StubResponse() {
        super(NOTHING);
    }

    /** All headers by name; of several field lines, the first. */
    Map<String, String> headers() {
        Map<String, String> all = new TreeMap<>();
        for (Header header = headers; header != null; header = header.next) {
            all.put(header.name, header.value);
        }
        return all;
    }

    /** How many bytes were written. */
    int bodyLength() {
        return body == null ? 0 : body.length;
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
        body = null;
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
        Header found = find(name);
        if (found == null) {
            addHeader(name, value);
        } else {
            found.value = value;
        }
    }

    @Override
    public void addHeader(String name, String value) {
        headers = new Header(name, value, headers);
    }

    @Override
    public boolean containsHeader(String name) {
        return find(name) != null;
    }

    @Override
    public @Nullable String getHeader(String name) {
        Header found = find(name);
        return found == null ? null : found.value;
    }

    @Override
    public Collection<String> getHeaders(String name) {
        List<String> found = new ArrayList<>();
        for (Header header = headers; header != null; header = header.next) {
            if (header.name.equalsIgnoreCase(name)) {
                found.add(header.value);
            }
        }
        return found;
    }

    private @Nullable Header find(String name) {
        Header found = headers;
        while (found != null && !found.name.equalsIgnoreCase(name)) {
            found = found.next;
        }
        return found;
    }

    @Override
    public ServletOutputStream getOutputStream() {
        if (body == null) {
            body = new Body();
        }
        return body;
    }

    @Override
    public void flushBuffer() {
        // There is nobody to send it to.
    }

    /** Where bodies go: their length is all that is kept. */
    private static final class Body extends ServletOutputStream {

        private int length;

        @Override
        public void write(int octet) {
            length++;
        }

        @Override
        public void write(byte[] octets, int offset, int count) {
            length += count;
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
