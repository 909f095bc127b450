package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.http.CredentialSource;
import dev.keystile.scope.Rule;
import dev.keystile.servlet.DecisionObserver;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * The filter as a bean. A container wants its filters before the application has its controllers, whose annotations say what
 * is demanded: so this one is there at once, and begins with the last of the application's beans. A request before that is
 * answered 503; an embedded server takes none before that.
 *
 * <p>Safe for use by many threads.
 */
final class SpringKeystileFilter implements Filter, SmartInitializingSingleton {

    private static final Logger LOG = LoggerFactory.getLogger("dev.keystile.denials");

    private static final String PASSED = SpringKeystileFilter.class.getName() + ".passed";
    private static final String DECIDED = SpringKeystileFilter.class.getName() + ".decided";

    private final ObjectProvider<Keystile> keystile;
    private final ObjectProvider<DecisionObserver> observer;
    private volatile boolean complete;
    /** Whether a key may stand where browsers repeat what was typed once. */
    private volatile boolean takesBasic;

    private volatile @Nullable KeystileFilter filter;
    private volatile @Nullable FilterConfig config;

    /**
     * Who was let through.
     *
     * @param byBrowser whether a browser may have sent the key without being asked to
     * @param by        by which filter
     */
    private record Passed(ApiPrincipal caller, boolean byBrowser, SpringKeystileFilter by) {}

    SpringKeystileFilter(ObjectProvider<Keystile> keystile, ObjectProvider<DecisionObserver> observer) {
        this.keystile = keystile;
        this.observer = observer;
    }

    @Override
    public void init(FilterConfig given) {
        config = given;
        if (complete) {
            // Whoever is lazy makes what calls filters after all the others, such as MockMvc.
            begin(given);
        }
    }

    @Override
    public void afterSingletonsInstantiated() {
        complete = true;
        FilterConfig given = config;
        if (given != null) {
            begin(given);
        }
    }

    private synchronized KeystileFilter begin(FilterConfig given) {
        KeystileFilter begun = filter;
        if (begun == null) {
            DecisionObserver around = observer.getIfAvailable();
            Keystile facade = keystile.getObject();
            begun = around == null ? new KeystileFilter(facade) : new KeystileFilter(facade, around);
            takesBasic = facade.credentialSources().contains(CredentialSource.basic());
            try {
                begun.init(given);
            } catch (ServletException cannotBe) {
                throw new IllegalStateException("a filter over a facade that is given opens nothing", cannotBe);
            }
            filter = begun;
        }
        return begun;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        KeystileFilter begun = filter;
        if (begun == null) {
            FilterConfig given = config;
            if (given != null) {
                // The beans are not complete: who would be let through is not known.
                ((HttpServletResponse) response).setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
                return;
            }
            // Called by whoever calls filters without initialising them, such as tests without a server.
            begun = begin(new BareConfig(request.getServletContext()));
        }
        if (!(request instanceof HttpServletRequest http)) {
            throw new ServletException("the filter guards HTTP requests only");
        }
        Object before = request.getAttribute(DECIDED);
        request.setAttribute(DECIDED, DispatchTarget.of(http));
        try {
            begun.doFilter(request, response, (passed, answer) -> {
                passed.setAttribute(PASSED, passed((HttpServletRequest) passed));
                chain.doFilter(passed, answer);
            });
        } finally {
            // What is left now is the request that forwarded or included this.
            request.setAttribute(DECIDED, before);
        }
    }

    private @Nullable Passed passed(HttpServletRequest request) {
        return request.getUserPrincipal() instanceof ApiPrincipal caller
                ? new Passed(caller, takesBasic && isBasic(request), this)
                : null;
    }

    /** Two keys in one request are refused: with a user name beside, the key is that. */
    private static boolean isBasic(HttpServletRequest request) {
        String authorization = request.getHeader("Authorization");
        return authorization != null && authorization.regionMatches(true, 0, "Basic ", 0, 6);
    }

    @Override
    public void destroy() {
        KeystileFilter begun = filter;
        if (begun != null) {
            begun.destroy();
        }
    }

    /** Who was proven by the filter for this request, also where something behind it answers with another principal. */
    static Optional<ApiPrincipal> caller(ServletRequest request) {
        return request.getAttribute(PASSED) instanceof Passed passed ? Optional.of(passed.caller()) : Optional.empty();
    }

    /** Whether a key was proven that no browser sends by itself, as it does user names and passwords that were typed once. */
    static boolean isCalledOnPurpose(ServletRequest request) {
        return request.getAttribute(PASSED) instanceof Passed passed && !passed.byBrowser();
    }

    /** What the filter decided; empty where it did not see the request. */
    static Optional<DispatchTarget> decided(ServletRequest request) {
        return Optional.ofNullable((DispatchTarget) request.getAttribute(DECIDED));
    }

    /** Answers a request that was refused behind the filter, as the filter would have. */
    void refuse(Denied denied, HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        KeystileFilter begun = filter;
        if (begun == null) {
            throw new ServletException("the filter has not begun");
        }
        begun.refuse(denied, request, response);
    }

    /**
     * Answers a request that others refused behind the filter, as the filter answers a scope that is missing.
     *
     * @param why for the log; nobody else is told
     * @return whether it is answered; it is not where nobody was proven
     */
    static boolean refuse(HttpServletRequest request, HttpServletResponse response, String why)
            throws IOException, ServletException {
        if (!(request.getAttribute(PASSED) instanceof Passed passed)) {
            return false;
        }
        DispatchTarget target = DispatchTarget.of(request);
        Denied denied = Denied.of(DenialCause.SCOPE_MISSING, why)
                .under(target.match(passed.by().keystile.getObject().policy()).found())
                .of(Optional.of(passed.caller()), Optional.empty());
        LOG.debug(
                "{} {} rule={} key={} {}",
                denied.requestId(),
                denied.cause().word(),
                denied.rule().map(Rule::name).orElse("-"),
                passed.caller().getName(),
                why);
        passed.by().refuse(denied, request, response);
        return true;
    }

    private record BareConfig(ServletContext context) implements FilterConfig {

        @Override
        public String getFilterName() {
            return "keystile";
        }

        @Override
        public ServletContext getServletContext() {
            return context;
        }

        @Override
        public @Nullable String getInitParameter(String name) {
            return null;
        }

        @Override
        public Enumeration<String> getInitParameterNames() {
            return Collections.emptyEnumeration();
        }
    }
}
