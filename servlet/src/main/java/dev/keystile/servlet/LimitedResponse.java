package dev.keystile.servlet;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.Map;

/** The response as the application sees it: resetting it does not lose the headers that tell the limits. */
final class LimitedResponse extends HttpServletResponseWrapper {

    private final HttpServletResponse response;
    private final Map<String, String> limits;

    /** @param limits the headers, by name; they are set at once */
    LimitedResponse(HttpServletResponse response, Map<String, String> limits) {
        super(response);
        this.response = response;
        this.limits = limits;
        limits.forEach(response::setHeader);
    }

    @Override
    public void reset() {
        super.reset();
        limits.forEach(response::setHeader);
    }
}
