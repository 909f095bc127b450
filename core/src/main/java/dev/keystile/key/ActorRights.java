package dev.keystile.key;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an {@link Actor} may do: whose keys it sees, which it manages, and what it may let a key have.
 *
 * <p>Immutable and safe for use by many threads. Every {@code require} throws {@link KeyRefusedException} with {@link
 * KeyRefusedException.Reason#FORBIDDEN} where the actor may not.
 *
 * @param catalog the scopes that there are, and what each implies
 * @param issuers the roles of which a member needs one to change keys
 */
record ActorRights(ScopeCatalog catalog, Set<String> issuers) {

    ActorRights {
        issuers = Set.copyOf(issuers);
    }

    static void requireNoKey(Actor actor) {
        if (actor instanceof Actor.Key) {
            throw KeyRefusedException.forbidden("a key may revoke itself and nothing else");
        }
    }

    static void requireReads(Actor actor, String account) {
        requireNoKey(actor);
        requireOwn(actor, account);
    }

    private static void requireOwn(Actor actor, String account) {
        if (actor instanceof Actor.Member member && !member.account().equals(account)) {
            throw KeyRefusedException.forbidden("member " + member.id() + " acts for another account");
        }
    }

    static boolean maySee(Actor actor, ApiKey key) {
        if (actor instanceof Actor.Member member) {
            return member.account().equals(key.account());
        }
        if (actor instanceof Actor.Key self) {
            return self.id().equals(key.id());
        }
        return true;
    }

    static void requireSuspends(Actor actor) {
        if (!(actor instanceof Actor.Operator)) {
            throw KeyRefusedException.forbidden("accounts are suspended and let in again by operators alone");
        }
    }

    void requireManages(Actor actor, String account) {
        requireIssuer(actor);
        requireOwn(actor, account);
    }

    void requireIssuer(Actor actor) {
        requireNoKey(actor);
        if (actor instanceof Actor.Member member && !isIssuer(actor)) {
            throw KeyRefusedException.forbidden(
                    "member " + member.id() + " has none of the roles " + new TreeSet<>(issuers));
        }
    }

    boolean isIssuer(Actor actor) {
        return actor instanceof Actor.Operator
                || (actor instanceof Actor.Member member
                        && member.memberRoles().stream().anyMatch(issuers::contains));
    }

    /** All that a key may do, but for its plan: who gives a key back, or sees its secret, could do that. */
    void requireMayGrant(Actor actor, ApiKey key) {
        requireMayGrant(actor, key.scopes(), key.roles(), Optional.empty(), key.attributes());
    }

    void requireMayGrant(
            Actor actor,
            Set<KeyScope> scopes,
            Set<String> roles,
            Optional<String> plan,
            Map<String, String> attributes) {
        List<String> excess = excess(actor, scopes, roles, plan, attributes);
        if (!excess.isEmpty() && actor instanceof Actor.Member member) {
            throw KeyRefusedException.forbidden(
                    "member " + member.id() + " may not grant " + String.join(", ", excess));
        }
    }

    /** Whether {@link #requireMayGrant(Actor, ApiKey)} would let it pass. */
    boolean mayGrant(Actor actor, ApiKey key) {
        return excess(actor, key.scopes(), key.roles(), Optional.empty(), key.attributes())
                .isEmpty();
    }

    /** What of all this an actor may not let a key have, in words. */
    private List<String> excess(
            Actor actor,
            Set<KeyScope> scopes,
            Set<String> roles,
            Optional<String> plan,
            Map<String, String> attributes) {
        if (!(actor instanceof Actor.Member member)) {
            return List.of();
        }
        Grants grants = member.grants();
        List<String> excess = new ArrayList<>();
        Set<KeyScope> excessScopes = new TreeSet<>(catalog.implied(scopes));
        excessScopes.removeAll(catalog.implied(grants.scopes()));
        if (!excessScopes.isEmpty()) {
            excess.add("scopes " + excessScopes);
        }
        Set<String> excessRoles = new TreeSet<>(roles);
        excessRoles.removeAll(grants.roles());
        if (!excessRoles.isEmpty()) {
            excess.add("roles " + excessRoles);
        }
        plan.filter(name -> !grants.plans().contains(name)).ifPresent(name -> excess.add("plan " + name));
        attributes.forEach((attribute, value) -> {
            if (!grants.attributes().getOrDefault(attribute, Set.of()).contains(value)) {
                excess.add("attribute " + attribute + " of this value");
            }
        });
        return excess;
    }
}
