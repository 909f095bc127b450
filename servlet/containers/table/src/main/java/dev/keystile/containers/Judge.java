package dev.keystile.containers;

import jakarta.servlet.DispatcherType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Says whether something behind the filter may have been reached, by what it saw itself: so it does not matter how the
 * request was written, or what container and filter made of it.
 *
 * <p>It has the rules of the application in the simplest terms and must stay free of library code: a mistake that filter
 * and judge share would be invisible.
 */
final class Judge {

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Set<String> ERROR_PAGES = Set.of(
            WebApplication.UNRULED_ERROR_PAGE, WebApplication.GUARDED_ERROR_PAGE, WebApplication.ACTING_ERROR_PAGE);
    private static final String PUBLIC = "nothing";
    private static final String ANY_KEY = "any key";
    private static final String DISPATCH = "a dispatch";
    private static final String NOTHING_HELPS = "what there is not";

    private final Map<Caller, String> users;

    /** @param users the name of the principal that each caller's key has */
    Judge(Map<Caller, String> users) {
        this.users = Map.copyOf(users);
    }

    /**
     * What is wrong with a reach, if anything is.
     *
     * @param caller whose rights the request may have at most
     */
    Optional<String> objection(Reach reach, Caller caller) {
        boolean nobody = reach.user().equals(Reach.NOBODY);
        if (!nobody && !reach.user().equals(users.get(caller))) {
            return Optional.of("the identity of somebody else");
        }
        Caller proven = nobody ? Caller.NOBODY : caller;
        String demand = demand(reach);
        boolean met = demand.equals(PUBLIC)
                || (demand.equals(ANY_KEY) && proven != Caller.NOBODY)
                || (demand.equals(DISPATCH) && reach.type() != DispatcherType.REQUEST)
                || proven.scopes().contains(demand)
                || (nobody && mayAsk(reach));
        return met ? Optional.empty() : Optional.of("a path that demands " + demand);
    }

    /** A preflight is let in where a rule speaks of the request it asks for, unless one names {@code OPTIONS} there. */
    private static boolean mayAsk(Reach reach) {
        if (reach.asked().isEmpty() || isAnyOptions(segments(reach.path()))) {
            return false;
        }
        String demand = demand(reach.path(), reach.asked());
        return !demand.equals(NOTHING_HELPS) && !demand.equals(DISPATCH);
    }

    private static boolean isAnyOptions(List<String> segments) {
        return segments.equals(List.of("", "any", "options"));
    }

    private static String demand(Reach reach) {
        String path = reach.path();
        // Tomcat calls it an error dispatch too when an error page forwards to another path.
        if (reach.type() == DispatcherType.ERROR && ERROR_PAGES.contains(path)) {
            return PUBLIC;
        }
        return demand(path, reach.method());
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/"));
    }

    private static String demand(String seen, String method) {
        // There alone slashes may come encoded; some containers show them so.
        String path = seen.startsWith("/things/") ? seen.replace("%2f", "/").replace("%2F", "/") : seen;
        if (!METHODS.contains(method) || canBeReadInTwoWays(path)) {
            return NOTHING_HELPS;
        }
        boolean read = method.equals("GET") || method.equals("HEAD");
        List<String> segments = segments(path);
        String family = segments.size() < 2 ? "" : segments.get(1);
        return switch (family) {
            case "" -> read ? PUBLIC : NOTHING_HELPS;
            case "public" -> PUBLIC;
            case "admin" -> read ? "admin:read" : method.equals("OPTIONS") ? NOTHING_HELPS : "admin:write";
            case "items" -> item(segments, method, read);
            case "things" -> segments.size() > 2 && read ? thing(segments) : NOTHING_HELPS;
            case "any" -> read || method.equals("OPTIONS") || !isAnyOptions(segments) ? "any:use" : NOTHING_HELPS;
            case "me" -> ANY_KEY;
            case "inner", "WEB-INF" -> DISPATCH;
            default -> NOTHING_HELPS;
        };
    }

    private static String item(List<String> segments, String method, boolean read) {
        if (segments.size() == 3 && segments.get(2).equals("login")) {
            return method.equals("POST") ? PUBLIC : NOTHING_HELPS;
        }
        if (segments.size() == 3) {
            return read ? "items:read" : NOTHING_HELPS;
        }
        boolean secret = segments.size() == 4 && segments.get(3).equals("secret");
        return secret && read ? "admin:read" : NOTHING_HELPS;
    }

    private static String thing(List<String> segments) {
        return segments.size() == 4 && segments.get(3).equals("secret") ? "admin:read" : "items:read";
    }

    /** A path like {@code /public/../admin} is not public only because of how it starts. */
    private static boolean canBeReadInTwoWays(String path) {
        return path.contains("//")
                || path.contains("\\")
                || path.contains(";")
                || path.contains("%")
                || path.chars().anyMatch(Character::isISOControl)
                || List.of(path.split("/")).contains(".")
                || List.of(path.split("/")).contains("..");
    }
}
