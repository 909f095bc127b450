package dev.keystile.servlet;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.List;
import java.util.Map;

/**
 * The response as the application sees it: resetting it does not lose the headers that go with the decision, and setting
 * a list that one of them is, such as what the response varies by, does not lose what the decision put into it.
 */
final class GuardedResponse extends HttpServletResponseWrapper {

    private static final List<String> LISTS = List.of("Vary", "Access-Control-Expose-Headers");

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
            if (!LISTS.contains(name)) {
                response.setHeader(name, value);
            } else if (!response.getHeaders(name).contains(value)) {
                response.addHeader(name, value);
            }
        });
    }

    @Override
    public void setHeader(String name, String value) {
        super.setHeader(name, value);
        for (String list : LISTS) {
            if (name.equalsIgnoreCase(list) && headers.containsKey(list)) {
                super.addHeader(list, headers.get(list));
            }
        }
    }

    @Override
    public void reset() {
        super.reset();
        writeHeaders();
    }
}
