package dev.keystile.servlet;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Decision;
import dev.keystile.decision.Denied;
import dev.keystile.http.ApiRequest;
import dev.keystile.http.HttpAnswer;
import jakarta.servlet.DispatcherType;
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
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * API keys in front of a servlet application.
 *
 * <p>Map it to {@code /*} with all dispatcher types and with {@code async-supported}. In web.xml each setting is an
 * {@code init-param}, or one named {@code config} names a file: {@code /WEB-INF/keystile.properties} of the application,
 * {@code classpath:keystile.properties}, or a path of the file system. In code it is given a {@link Keystile}. Without a
 * configuration, or with one that is wrong, the application does not start.
 *
 * <p>A request that is let through has {@code getUserPrincipal()} answer an {@link ApiPrincipal} and
 * {@code isUserInRole(scope)} say what the key may do. Safe for use by many threads.
 */
public final class KeystileFilter implements Filter {

    /** The name of the {@link ServletContext} attribute that holds the first filter's {@link Keystile}. */
    public static final String KEYSTILE_ATTRIBUTE = "dev.keystile.Keystile";

    /** Each instance remembers by a name of its own, so that two in one chain do not mix. */
    private final String passedAttribute =
            KeystileFilter.class.getName() + "@" + Integer.toHexString(System.identityHashCode(this));

    private final String inErrorPageAttribute = passedAttribute + ".inErrorPage";
    private final Optional<Keystile> given;
    /** Null where nobody observes: then nothing is spent on it. */
    private final @Nullable DecisionObserver observer;

    private @Nullable Keystile keystile;
    private @Nullable ServletContext context;

    /** For web.xml. */
    public KeystileFilter() {
        this.given = Optional.empty();
        this.observer = null;
    }

    /** For code; whoever built the facade closes it. */
    public KeystileFilter(Keystile keystile) {
        this.given = Optional.of(keystile);
        this.observer = null;
    }

    /** For code, with somebody around each decision; whoever built the facade closes it. */
    public KeystileFilter(Keystile keystile, DecisionObserver observer) {
        this.given = Optional.of(keystile);
        this.observer = observer;
    }

    /** The facade of an application's first filter, for issuing and revoking keys; empty before it has started. */
    public static Optional<Keystile> keystileOf(ServletContext context) {
        return Optional.ofNullable((Keystile) context.getAttribute(KEYSTILE_ATTRIBUTE));
    }

    /** What a decision looks at of a request, or of a dispatch inside the application. */
    public static ApiRequest view(HttpServletRequest request) {
        return new ServletRequestView(request);
    }

    /** @throws ServletException if there is no configuration or a wrong one, with every problem there is */
    @Override
    public void init(FilterConfig config) throws ServletException {
        context = config.getServletContext();
        Keystile opened = given.isPresent() ? given.get() : open(config);
        keystile = opened;
        if (config.getServletContext().getAttribute(KEYSTILE_ATTRIBUTE) == null) {
            config.getServletContext().setAttribute(KEYSTILE_ATTRIBUTE, opened);
        }
    }

    private static Keystile open(FilterConfig config) throws ServletException {
        Settings settings = InitParameters.read(config);
        try {
            return settings.open();
        } catch (InvalidConfigurationException wrong) {
            throw new ServletException("filter '" + config.getFilterName() + "': " + wrong.getMessage(), wrong);
        } catch (RuntimeException unusable) {
            throw new ServletException(
                    "filter '" + config.getFilterName() + "' cannot start: " + unusable.getMessage(), unusable);
        }
    }

    @Override
    public void destroy() {
        Keystile opened = keystile;
        if (opened == null) {
            return;
        }
        if (context != null && context.getAttribute(KEYSTILE_ATTRIBUTE) == opened) {
            context.removeAttribute(KEYSTILE_ATTRIBUTE);
        }
        if (given.isEmpty()) {
            opened.close();
        }
        if (context != null) {
            JnaCleaner.endOf(context);
        }
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Keystile facade = keystile;
        if (facade == null) {
            throw new ServletException("the filter was not initialised");
        }
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            throw new ServletException("the filter guards HTTP requests only");
        }
        Allowed earlier = (Allowed) request.getAttribute(passedAttribute);
        DispatcherType type = request.getDispatcherType();
        if (type == DispatcherType.ERROR && request.getAttribute(inErrorPageAttribute) == null) {
            showErrorPage(facade, earlier, http, answer, chain);
            return;
        }
        if (type == DispatcherType.REQUEST && earlier != null) {
            // A filter that is mapped twice decides once.
            proceed(facade, earlier, http, answer, chain);
            return;
        }
        Optional<ApiPrincipal> caller = earlier == null ? Optional.empty() : earlier.principal();
        ServletRequestView view = new ServletRequestView(http);
        Decision decision = decide(facade, view, type, caller);
        if (decision instanceof Denied denied) {
            refuse(facade, facade.answer(denied, view), denied, earlier, http, answer);
            return;
        }
        // A dispatch of a known caller is not counted again: the headers are those of the first decision.
        Allowed passed = caller.isPresent() ? earlier : (Allowed) decision;
        request.setAttribute(passedAttribute, passed);
        proceed(facade, passed, http, answer, chain);
    }

    private Decision decide(
            Keystile facade, ServletRequestView view, DispatcherType type, Optional<ApiPrincipal> caller) {
        if (observer == null) {
            return decideUnobserved(facade, view, type, caller);
        }
        try (DecisionObserver.Observed observed = observer.begin()) {
            Decision decision = decideUnobserved(facade, view, type, caller);
            observed.decided(decision);
            return decision;
        }
    }

    private static Decision decideUnobserved(
            Keystile facade, ServletRequestView view, DispatcherType type, Optional<ApiPrincipal> caller) {
        return type == DispatcherType.REQUEST ? facade.decide(view) : facade.decideDispatch(view, caller);
    }

    /** Error pages need no key; what they forward to does, and Tomcat calls that an error too. */
    private void showErrorPage(
            Keystile facade,
            @Nullable Allowed passed,
            HttpServletRequest request,
            HttpServletResponse response,
            FilterChain chain)
            throws IOException, ServletException {
        request.setAttribute(inErrorPageAttribute, true);
        try {
            proceed(facade, passed, request, response, chain);
        } finally {
            request.removeAttribute(inErrorPageAttribute);
        }
    }

    /** @param passed what let the request through; null for an error page of one that was not */
    private static void proceed(
            Keystile facade,
            @Nullable Allowed passed,
            HttpServletRequest request,
            HttpServletResponse response,
            FilterChain chain)
            throws IOException, ServletException {
        Optional<ApiPrincipal> caller = passed == null ? Optional.empty() : passed.principal();
        if (passed == null || caller.isEmpty()) {
            chain.doFilter(request, response);
        } else {
            chain.doFilter(new CallerRequest(request, caller), new GuardedResponse(response, facade, passed));
        }
    }

    /**
     * Answers a request that the filter let through and that was {@linkplain Keystile#check refused} behind it, as the filter
     * would have.
     *
     * @throws IOException      if the answer cannot be written
     * @throws ServletException if it is too late for an answer, or this is part of another
     */
    public void refuse(Denied denied, HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        Keystile facade = keystile;
        if (facade == null) {
            throw new ServletException("the filter was not initialised");
        }
        Allowed earlier = (Allowed) request.getAttribute(passedAttribute);
        refuse(facade, facade.answer(denied, new ServletRequestView(request)), denied, earlier, request, response);
    }

    private static void refuse(
            Keystile facade,
            HttpAnswer answer,
            Denied denied,
            @Nullable Allowed earlier,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException, ServletException {
        if (request.getDispatcherType() == DispatcherType.INCLUDE || response.isCommitted()) {
            // The status is out of reach here: only an exception keeps the resource from being part of the answer.
            throw new ServletException(
                    "a dispatch was refused: " + denied.cause().word());
        }
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            // What filters before this one said, such as Strict-Transport-Security, goes on counting.
            response.resetBuffer();
        } else {
            // What the application said before it dispatched was about another answer; what the first decision said
            // is about this one too, and an asynchronous dispatch comes with a response that has forgotten it.
            response.reset();
            if (earlier != null) {
                facade.writeHeaders(earlier, (name, value) -> {
                    if (response.getHeader(name) == null) {
                        response.setHeader(name, value);
                    }
                });
            }
        }
        response.setStatus(answer.status());
        answer.headers().forEach((name, value) -> {
            // Later versions of HTTP have no such header.
            if (!name.equals("Connection") || request.getProtocol().startsWith("HTTP/1.")) {
                response.setHeader(name, value);
            }
        });
        if (!announcesBody(request)) {
            response.setContentLength(body.length);
        }
        if (body.length > 0) {
            write(response, answer.body(), body);
        }
    }

    /**
     * Whether a body comes with the request, which nobody will read. The container ends the answer to it: with a length that was told
     * before, Jetty sends the answer before it has looked whether the body is there, and then closes the connection without the
     * {@code Connection: close} of RFC 9112, section 9.6.
     */
    private static boolean announcesBody(HttpServletRequest request) {
        String length = request.getHeader("Content-Length");
        return length == null ? request.getHeader("Transfer-Encoding") != null : !length.equals("0");
    }

    private static void write(HttpServletResponse response, String text, byte[] body) throws IOException {
        try {
            response.getOutputStream().write(body);
        } catch (IllegalStateException writerInUse) {
            // Somebody before a forward asked for the writer; the bodies are ASCII, so that its character set does not
            // matter.
            response.getWriter().write(text);
        }
    }
}
