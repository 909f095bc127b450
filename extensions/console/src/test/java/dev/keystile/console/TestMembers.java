package dev.keystile.console;

import dev.keystile.key.Actor;
import dev.keystile.key.Grants;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** An application in which the cookie {@code login} says who is logged in; as web.xml can name it. */
public final class TestMembers implements ConsoleMembers {

    static final String ACCOUNT = "acct_lumen";

    /** A developer, who may grant most of what there is. */
    static final Actor.Member ADA = new Actor.Member(
            ACCOUNT,
            "usr_ada",
            Set.of("developer"),
            Grants.none()
                    .scopes(
                            "customers:read",
                            "customers:write",
                            "invoices:read",
                            "invoices:write",
                            "products:read",
                            "subscriptions:read",
                            "subscriptions:write")
                    .roles("support")
                    .plans("growth", "enterprise"));

    /** A developer of the same account, who may bind keys to projects. */
    static final Actor.Member MIA = new Actor.Member(
            ACCOUNT,
            "usr_mia",
            Set.of("admin"),
            Grants.none().scopes("customers:read").attribute("project", "alpha", "beta"));

    /** A developer of the same account, who may grant nothing. */
    static final Actor.Member NINA = new Actor.Member(ACCOUNT, "usr_nina", Set.of("developer"), Grants.none());

    /** A member of the same account without a role that manages keys. */
    static final Actor.Member VERA = new Actor.Member(ACCOUNT, "usr_vera", Set.of("viewer"), ADA.grants());

    /** An admin of another account. */
    static final Actor.Member OTTO = new Actor.Member("acct_other", "usr_otto", Set.of("admin"), ADA.grants());

    private static final Map<String, String> NAMES = Map.of(
            "usr_ada", "Ada Lindqvist", "usr_nina", "Nina Okafor", "usr_vera", "Vera Sá", "usr_sam", "Sam Reyes");

    @Override
    public Optional<Actor.Member> loggedIn(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies() == null ? new Cookie[0] : request.getCookies();
        return Arrays.stream(cookies)
                .filter(cookie -> cookie.getName().equals("login"))
                .flatMap(cookie -> Stream.of(ADA, MIA, NINA, VERA, OTTO)
                        .filter(member -> member.id().equals("usr_" + cookie.getValue())))
                .findFirst();
    }

    @Override
    public Map<String, String> names(String account, Set<String> ids) {
        Map<String, String> found = new HashMap<>(NAMES);
        found.keySet().retainAll(ids);
        return found;
    }

    @Override
    public Optional<String> loginUrl(HttpServletRequest request) {
        return Optional.of("/login?next=/settings/api-keys/&from=\"console\"");
    }

    @Override
    public Optional<String> homeUrl(HttpServletRequest request) {
        return Optional.of("/settings");
    }
}
