package dev.keystile.playground.members;

import dev.keystile.Keystile;
import dev.keystile.console.ConsoleMembers;
import dev.keystile.key.Actor;
import dev.keystile.scope.Demand;
import dev.keystile.scope.RuleMatch;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says who is logged in to the playground: whomever {@link LoginServlet} put into the session.
 *
 * <p>There is no password, so that only a browser on this host may come: one that calls the playground by another name was
 * led here by somebody's name server.
 */
public final class DemoMembers implements ConsoleMembers {

    /** Whose keys they manage: those that the playground issues are of this account. */
    public static final String ACCOUNT = "acct_playground";

    /** The attribute of the servlet context with what the keys of the playground carry for rules that bind to it. */
    public static final String KEY_ATTRIBUTES = "playground.attributes";

    /** Where they manage them. */
    public static final String CONSOLE = "/settings/api-keys";

    /** Where they log in. */
    public static final String LOGIN = "/settings/login";

    private static final String MEMBER = "member";
    private static final Set<String> OWN_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    @Override
    public Optional<Actor.Member> loggedIn(HttpServletRequest request) {
        ServletContext context = request.getServletContext();
        Map<String, String> attributes = new HashMap<>();
        if (context.getAttribute(KEY_ATTRIBUTES) instanceof Map<?, ?> set) {
            set.forEach((name, value) -> attributes.put((String) name, (String) value));
        }
        return memberOf(request).map(it -> it.actor(keystileOf(context), attributes));
    }

    @Override
    public Map<String, String> names(String account, Set<String> ids) {
        return Arrays.stream(DemoMember.values())
                .filter(it -> ids.contains(it.id()))
                .collect(Collectors.toMap(DemoMember::id, DemoMember::person));
    }

    /** None where the rules keep people from it. */
    @Override
    public Optional<String> loginUrl(HttpServletRequest request) {
        return Optional.of(LOGIN).filter(path -> isPublic(keystileOf(request.getServletContext()), "GET", path));
    }

    @Override
    public Optional<String> homeUrl(HttpServletRequest request) {
        return loginUrl(request);
    }

    /** Whether people, who have no key, get at a path. */
    public static boolean isPublic(Keystile keystile, String method, String path) {
        return keystile.policy().match(method, path) instanceof RuleMatch.Matched matched
                && matched.rule().demand() instanceof Demand.Public;
    }

    static Keystile keystileOf(ServletContext context) {
        return KeystileFilter.keystileOf(context)
                .orElseThrow(() -> new IllegalStateException("the filter starts with the application"));
    }

    static boolean isFromThisHost(HttpServletRequest request) {
        return OWN_NAMES.contains(request.getServerName());
    }

    /** Who is logged in, if anybody is. */
    static Optional<DemoMember> memberOf(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session == null || !isFromThisHost(request)
                ? Optional.empty()
                : DemoMember.ofId(String.valueOf(session.getAttribute(MEMBER)));
    }

    /** Logs somebody in, in a session of a new id. */
    static void logIn(HttpServletRequest request, DemoMember member) {
        logOut(request);
        request.getSession(true).setAttribute(MEMBER, member.id());
    }

    static void logOut(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
    }
}
