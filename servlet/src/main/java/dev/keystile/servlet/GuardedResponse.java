package dev.keystile.servlet;

import dev.keystile.Keystile;
import dev.keystile.decision.Allowed;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * The response as the application sees it: resetting it does not lose the headers that go with the decision, and setting
 * a list that one of them is, such as what the response varies by, does not lose what the decision put into it.
 */
final class GuardedResponse extends HttpServletResponseWrapper {

    private final HttpServletResponse response;
    private final Keystile facade;
    private final Allowed allowed;

    /** Sets the headers of a decision at once. */
    GuardedResponse(HttpServletResponse response, Keystile facade, Allowed allowed) {
        super(response);
        this.response = response;
        this.facade = facade;
        this.allowed = allowed;
        writeHeaders();
    }

    private void writeHeaders() {
        facade.writeHeaders(allowed, this::write);
    }

    private void write(String name, String value) {
        if (!isList(name)) {
            response.setHeader(name, value);
        } else if (!response.getHeaders(name).contains(value)) {
            response.addHeader(name, value);
        }
    }

    private static boolean isList(String name) {
        return name.equalsIgnoreCase("Vary") || name.equalsIgnoreCase("Access-Control-Expose-Headers");
    }

    @Override
    public void setHeader(String name, String value) {
        super.setHeader(name, value);
        if (isList(name)) {
            facade.writeHeaders(allowed, (own, part) -> {
                if (name.equalsIgnoreCase(own)) {
                    super.addHeader(own, part);
                }
            });
        }
    }

    @Override
    public void reset() {
        super.reset();
        writeHeaders();
    }
}
