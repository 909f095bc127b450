package dev.keystile.servlet;

import dev.keystile.Keystile;
import dev.keystile.decision.Allowed;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.function.BiConsumer;

/**
 * The response as the application sees it: resetting it does not lose the headers that go with the decision, and setting
 * a list that one of them is, such as what the response varies by, does not lose what the decision put into it.
 */
final class GuardedResponse extends HttpServletResponseWrapper implements BiConsumer<String, String> {

    private final Keystile facade;
    private final Allowed allowed;

    /** Sets the headers of a decision at once. */
    GuardedResponse(HttpServletResponse response, Keystile facade, Allowed allowed) {
        super(response);
        this.facade = facade;
        this.allowed = allowed;
        facade.writeHeaders(allowed, this);
    }

    /** Takes one of the headers of the decision. */
    @Override
    public void accept(String name, String value) {
        if (!isList(name)) {
            super.setHeader(name, value);
        } else if (!getHeaders(name).contains(value)) {
            addHeader(name, value);
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
        facade.writeHeaders(allowed, this);
    }
}
