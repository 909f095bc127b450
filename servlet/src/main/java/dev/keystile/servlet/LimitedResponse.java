package dev.keystile.servlet;

import dev.keystile.Keystile;
import dev.keystile.decision.Decision;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/** The response as the application sees it: resetting it does not lose the headers that tell the limits. */
final class LimitedResponse extends HttpServletResponseWrapper {

    private final HttpServletResponse response;
    private final Keystile keystile;
    private final Decision decision;

    LimitedResponse(HttpServletResponse response, Keystile keystile, Decision decision) {
        super(response);
        this.response = response;
        this.keystile = keystile;
        this.decision = decision;
        writeLimits();
    }

    private void writeLimits() {
        keystile.writeLimits(decision, response::setHeader);
    }

    @Override
    public void reset() {
        super.reset();
        writeLimits();
    }
}
