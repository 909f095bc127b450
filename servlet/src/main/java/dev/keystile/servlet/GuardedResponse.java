package dev.keystile.servlet;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.Map;

/**
 * The response as the application sees it: resetting it does not lose the headers that go with the decision, and naming
 * what it varies by does not lose the header in which the key stood.
 */
final class GuardedResponse extends HttpServletResponseWrapper {

    private static final String VARY = "Vary";

    private final HttpServletResponse response;
    private final Map<String, String> headers;

    /** @param headers by name; they are set at once */
    GuardedResponse(HttpServletResponse response, Map<String, String> headers) {
        super(response);
        this.response = response;
        this.headers = headers;
        writeHeaders();
    }

    private void writeHeaders() {
        headers.forEach((name, value) -> {
            if (!name.equals(VARY)) {
                response.setHeader(name, value);
            } else if (!response.getHeaders(VARY).contains(value)) {
                response.addHeader(VARY, value);
            }
        });
    }

    @Override
    public void setHeader(String name, String value) {
        super.setHeader(name, value);
        if (name.equalsIgnoreCase(VARY) && headers.containsKey(VARY)) {
            super.addHeader(VARY, headers.get(VARY));
        }
    }

    @Override
    public void reset() {
        super.reset();
        writeHeaders();
    }
}
