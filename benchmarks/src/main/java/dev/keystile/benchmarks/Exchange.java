package dev.keystile.benchmarks;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, and the application behind the filter, which does nothing.
 *
 * <p>It keeps what it was given, as an application would, so that nothing a contender makes is optimised away.
 */
final class Exchange implements FilterChain {

    private final StubRequest request;
    private final StubResponse response = new StubResponse();
    private @Nullable Object seen;
    private @Nullable Object seenResponse;

    Exchange(Call call) {
        this.request = new StubRequest(call);
    }

    /** Has a contender serve a call. */
    static Exchange of(Call call, Contender contender) throws Exception {
        Exchange exchange = new Exchange(call);
        contender.serve(exchange);
        return exchange;
    }

    StubRequest request() {
        return request;
    }

    StubResponse response() {
        return response;
    }

    @Override
    public void doFilter(ServletRequest passedRequest, ServletResponse passedResponse) {
        keep(passedRequest, passedResponse);
    }

    /** Lets what was made of a call escape. */
    void keep(@Nullable Object made, @Nullable Object madeResponse) {
        seen = made;
        seenResponse = madeResponse;
    }

    /** Whether the call came through to the application. */
    boolean isApplicationReached() {
        return seen instanceof ServletRequest && seenResponse instanceof ServletResponse;
    }
}
