package dev.keystile.console;

import dev.keystile.key.Actor;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who uses a console: says which member of which account is logged in to the application around it.
 *
 * <p>It is asked with every request. What it answers is all that the console lets somebody see and do: the keys of the
 * account, changes to them if a role is one of {@code key.issuers}, and no more in a key than the grants say. Whatever it
 * throws ends the request and lets nobody in.
 *
 * <p>Implementations are safe for use by many threads. One that web.xml names has a public constructor without parameters.
 */
@FunctionalInterface
public interface ConsoleMembers {

    /**
     * The member who sent a request; empty if nobody is logged in.
     *
     * <p>A member without an address gets that of the peer; where a proxy stands before the application, tell the
     * client's with {@link Actor.Member#from}.
     */
    Optional<Actor.Member> loggedIn(HttpServletRequest request);

    /**
     * What people call members, for lists and the audit trail.
     *
     * @param account the account of the member who looks
     * @param ids     members who have had to do with its keys; some may have left
     * @return the names of those that have one; the others are shown by their ids
     */
    default Map<String, String> names(String account, Set<String> ids) {
        return Map.of();
    }

    /**
     * Where somebody who is not logged in can do so: a path such as {@code /login?next=/settings/api-keys/}, or an absolute
     * http or https URL.
     */
    default Optional<String> loginUrl(HttpServletRequest request) {
        return Optional.empty();
    }

    /** Where the page leads back to: a path such as {@code /settings}, or an absolute http or https URL. */
    default Optional<String> homeUrl(HttpServletRequest request) {
        return Optional.empty();
    }
}
