package dev.keystile.benchmarks;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * One thread's request and response, and the application behind the filter, which does nothing.
 *
 * <p>It keeps what it was given, as an application would, so that nothing a contender makes is optimised away.
 */
final class Exchange implements FilterChain {

    private final StubRequest request = new StubRequest();
    private final StubResponse response = new StubResponse();
    private @Nullable Object seen;
    private @Nullable Object seenResponse;

    /** Has a contender serve a call; the status it answered with. */
    int serve(Contender contender, Call call) throws Exception {
        request.begin(call);
        response.begin();
        keep(null, null);
        contender.serve(this);
        return response.getStatus();
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

    /** Whether the last call came through to the application. */
    boolean isApplicationReached() {
        return seen instanceof ServletRequest && seenResponse instanceof ServletResponse;
    }
}
