package dev.keystile.console;

import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.UnavailableException;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The console, in which the members of an account manage its keys: a JSON API and a page, mounted wherever an application
 * likes, such as at {@code /settings/api-keys/*}.
 *
 * <p>The application says who is logged in, by {@link ConsoleMembers}. Its {@link Keystile} is the one of its {@code
 * KeystileFilter}, unless it is given. In web.xml the {@code init-param} named {@code members} names the class. Where a
 * filter stands before the console it needs a rule that is public, such as {@code ANY /settings/api-keys/** public}.
 *
 * <p>API keys cannot open it. A secret stands in the answer to the call that made it, and in no other. Safe for use by many
 * threads.
 */
public final class ConsoleServlet extends HttpServlet {

    /** Where {@code KeystileFilter} puts the facade; named here, for the console needs no filter. */
    private static final String KEYSTILE_ATTRIBUTE = "dev.keystile.Keystile";

    private static final String KEYSTILE_FILTER = "dev.keystile.servlet.KeystileFilter";

    private static final String MEMBERS = "members";
    private static final String API = "api/";
    private static final Set<String> READING = Set.of("GET");
    private static final String NOT_KNOWN =
            "It is not known whether the change was made: read the key, or the list, before it is sent again.";

    /** What the page needs and nothing else; the last two make the browser refuse HTML that is put together from texts. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final Logger LOG = LoggerFactory.getLogger(ConsoleServlet.class);

    private final Optional<Keystile> givenKeystile;
    private final Optional<ConsoleMembers> givenMembers;
    private @Nullable Parts parts;

    /** What a servlet has once it has started. */
    private record Parts(ConsoleMembers members, Gate gate, ConsoleApi api, KeyTexts texts, Assets assets) {}

    /** For web.xml. */
    public ConsoleServlet() {
        this(Optional.empty(), Optional.empty());
    }

    /** For an application whose {@code KeystileFilter} has the facade. */
    public ConsoleServlet(ConsoleMembers members) {
        this(Optional.empty(), Optional.of(members));
    }

    /** For an application that has the facade itself, and closes it. */
    public ConsoleServlet(Keystile keystile, ConsoleMembers members) {
        this(Optional.of(keystile), Optional.of(members));
    }

    private ConsoleServlet(Optional<Keystile> keystile, Optional<ConsoleMembers> members) {
        this.givenKeystile = keystile;
        this.givenMembers = members;
    }

    /** @throws ServletException if it has no facade, does not know who is logged in, or is mapped to single paths */
    @Override
    public void init() throws ServletException {
        requirePathMapping();
        ConsoleMembers members = givenMembers.isPresent() ? givenMembers.get() : namedMembers();
        Keystile keystile = givenKeystile.isPresent() ? givenKeystile.get() : keystileOfFilter();
        Gate gate = new Gate(keystile.credentialSources());
        KeyTexts texts = new KeyTexts(
                keystile.keyFormat().prefixes(), keystile.keyManager().importFormats());
        parts = new Parts(members, gate, new ConsoleApi(keystile, members, gate, texts), texts, new Assets());
    }

    private void requirePathMapping() throws ServletException {
        ServletRegistration registration = getServletContext().getServletRegistration(getServletName());
        Collection<String> mappings = registration == null ? Set.of() : registration.getMappings();
        if (!mappings.isEmpty() && mappings.stream().noneMatch(it -> it.endsWith("/*"))) {
            throw wrong("it is mapped to " + mappings + "; expected a path and all below it, such as"
                    + " /settings/api-keys/*");
        }
    }

    private ConsoleMembers namedMembers() throws ServletException {
        String name = getInitParameter(MEMBERS);
        if (name == null || name.isBlank()) {
            throw wrong("it has no init-param '" + MEMBERS + "'; expected the name of a class that implements "
                    + ConsoleMembers.class.getName());
        }
        String what = MEMBERS + " = '" + name.strip() + "': ";
        String expected = "expected a public class with a public constructor without parameters that implements "
                + ConsoleMembers.class.getName();
        try {
            return Class.forName(name.strip(), true, classLoader())
                    .asSubclass(ConsoleMembers.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException missing) {
            // Without its cause: there are containers that log that in place of what it led to.
            throw wrong(what + "there is no such class; " + expected);
        } catch (InvocationTargetException | LinkageError failed) {
            throw (ServletException)
                    wrong(what + "it cannot be made: " + rootOf(failed)).initCause(failed);
        } catch (ReflectiveOperationException | ClassCastException unfit) {
            throw wrong(what + expected);
        }
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof InvocationTargetException && cause != null ? cause : failure;
    }

    /** That of the application; of a context in code there may be none. */
    private ClassLoader classLoader() {
        ClassLoader loader = getServletContext().getClassLoader();
        return loader == null ? ConsoleServlet.class.getClassLoader() : loader;
    }

    private Keystile keystileOfFilter() throws ServletException {
        if (getServletContext().getAttribute(KEYSTILE_ATTRIBUTE) instanceof Keystile keystile) {
            return keystile;
        }
        if (hasFilter()) {
            throw notStarted();
        }
        throw wrong("there is no KeystileFilter in this application; add it, or give the servlet a Keystile in its"
                + " constructor");
    }

    private boolean hasFilter() {
        return getServletContext().getFilterRegistrations().values().stream()
                .anyMatch(it -> KEYSTILE_FILTER.equals(it.getClassName()));
    }

    /** In a line: containers start servlets after a filter that failed, and tell of these before they tell why. */
    private ServletException notStarted() {
        ServletException failure = wrong("the KeystileFilter of this application has not started; its own message says"
                + " why (Undertow starts filters first only with setEagerFilterInit(true))");
        failure.setStackTrace(new StackTraceElement[0]);
        return failure;
    }

    private ServletException wrong(String what) {
        return new ServletException("servlet '" + getServletName() + "': " + what);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        Parts started = parts;
        if (started == null) {
            throw new ServletException("the servlet was not initialised");
        }
        Answer answer = answer(started, request, response);
        if (answer.status() >= 400 && !isReading(request)) {
            JsonBody.discard(request);
        }
        write(answer, response);
    }

    private static void write(Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        // Not no-referrer: browsers then may leave out the origin of a change as well.
        response.setHeader("Referrer-Policy", "same-origin");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        answer.headers().forEach(response::setHeader);
        if (!answer.contentType().isEmpty()) {
            response.setContentType(answer.contentType());
            response.setContentLength(answer.body().length);
            response.getOutputStream().write(answer.body());
        }
    }

    private static Answer answer(Parts parts, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        try {
            return route(parts, request, response);
        } catch (Refusal refusal) {
            return refusal.answer();
        } catch (KeyRefusedException refused) {
            return refusal(refused, parts.texts()).answer();
        } catch (UnavailableException failure) {
            LOG.warn("the console could not be answered", failure);
            return unavailable(request, failure).answer();
        } catch (RuntimeException defect) {
            LOG.error("the console failed", defect);
            return Refusal.of(
                            500,
                            "failed",
                            "The console failed; its log says why." + (isReading(request) ? "" : " " + NOT_KNOWN))
                    .answer();
        }
    }

    /** A change may have been committed all the same: whoever sent it must not be told to send it again. */
    private static Refusal unavailable(HttpServletRequest request, UnavailableException failure) {
        String detail = "The keys cannot be reached now. ";
        return isReading(request)
                ? Refusal.of(503, "unavailable", detail + "Try again in a moment.")
                        .with(
                                "Retry-After",
                                Long.toString(Math.max(1, failure.retryAfter().toSeconds())))
                : Refusal.of(503, "unavailable", detail + NOT_KNOWN);
    }

    private static Refusal refusal(KeyRefusedException refused, KeyTexts texts) {
        String detail = texts.hidden(String.valueOf(refused.getMessage()));
        return switch (refused.reason()) {
            case NOT_FOUND -> Refusal.noSuchKey();
            case FORBIDDEN -> Refusal.of(403, "forbidden", detail);
            case INVALID -> Refusal.of(422, "refused", detail);
            case CONFLICT -> Refusal.of(409, "changed_meanwhile", detail);
        };
    }

    private static Answer route(Parts parts, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        parts.gate().requireNoKey(request);
        String path = request.getPathInfo();
        if (path == null) {
            return toFolder(request);
        }
        String name = path.startsWith("/") ? path.substring(1) : path;
        String known = request.getHeader("If-None-Match");
        Optional<Answer> asset = parts.assets().find(name, known == null ? "" : known);
        if (asset.isPresent()) {
            requireReading(request);
            return asset.get();
        }
        boolean page = name.isEmpty();
        Optional<Actor.Member> member = parts.members().loggedIn(request);
        if (member.isEmpty()) {
            Optional<String> loginUrl = parts.members().loginUrl(request).map(ConsoleServlet::requireLink);
            Refusal refusal = Refusal.notLoggedIn(loginUrl);
            if (page && isReading(request)) {
                return parts.assets().loginPage(loginUrl).with("WWW-Authenticate", Refusal.CHALLENGE);
            }
            throw refusal;
        }
        if (page) {
            requireReading(request);
            return parts.assets().page();
        }
        if (!name.startsWith(API)) {
            throw Refusal.noSuchPath();
        }
        return parts.api().answer(name.substring(API.length()), request, response, at(request, member.get()));
    }

    private static Actor.Member at(HttpServletRequest request, Actor.Member member) {
        String peer = request.getRemoteAddr();
        return member.address().isPresent() || peer == null || peer.isBlank() ? member : member.from(peer);
    }

    /** Below it the links of the page work. */
    private static Answer toFolder(HttpServletRequest request) {
        requireReading(request);
        String uri = request.getRequestURI();
        int end = uri.indexOf(';');
        String sent = end < 0 ? uri : uri.substring(0, end);
        // Relative, for a proxy may show another path than the one seen here.
        String folder = "./" + sent.substring(sent.lastIndexOf('/') + 1) + "/";
        return Answer.empty(302, Map.of("Location", folder, "Cache-Control", "no-store"));
    }

    private static boolean isReading(HttpServletRequest request) {
        return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    }

    private static void requireReading(HttpServletRequest request) {
        if (!isReading(request)) {
            throw notAllowed(READING);
        }
    }

    /** Another method than those of a path. */
    static Refusal notAllowed(Set<String> methods) {
        Set<String> all = new TreeSet<>(methods);
        if (all.contains("GET")) {
            all.add("HEAD");
        }
        String allowed = String.join(", ", all);
        return Refusal.of(405, "method_not_allowed", "The path takes " + allowed + ".")
                .with("Allow", allowed);
    }

    /**
     * A link that the application gave, if it is one that the page may show.
     *
     * @throws IllegalStateException if it is anything but a path or an http or https URL
     */
    static String requireLink(String url) {
        String lower = url.toLowerCase(Locale.ROOT);
        boolean link = url.startsWith("/") || lower.startsWith("http://") || lower.startsWith("https://");
        if (!link || url.chars().anyMatch(c -> c <= ' ' || c == '\\')) {
            throw new IllegalStateException("a link of ConsoleMembers: expected a path or an http or https URL");
        }
        return url;
    }
}
