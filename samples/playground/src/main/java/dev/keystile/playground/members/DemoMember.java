package dev.keystile.playground.members;

import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.Grants;
import dev.keystile.limit.Plan;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Somebody of the account that the playground issues keys for. */
enum DemoMember {
    ADA("usr_ada", "Ada Lindqvist", "admin"),
    NINA("usr_nina", "Nina Okafor", "developer"),
    VERA("usr_vera", "Vera Holm", "viewer");

    private final String id;
    private final String person;
    private final String role;

    DemoMember(String id, String person, String role) {
        this.id = id;
        this.person = person;
        this.role = role;
    }

    static Optional<DemoMember> ofId(String id) {
        return Arrays.stream(values()).filter(it -> it.id.equals(id)).findFirst();
    }

    String id() {
        return id;
    }

    String person() {
        return person;
    }

    String role() {
        return role;
    }

    /** What the console lets them do, in words for the login page. */
    String may(Set<String> issuers) {
        if (roles(issuers).stream().noneMatch(issuers::contains)) {
            return "Sees keys, their use and the audit trail.";
        }
        return this == ADA
                ? "Creates and changes keys: every permission, every plan."
                : "Creates and changes keys: every permission, the default plan.";
    }

    /** The admin has every role that may create keys, whatever a contract calls them. */
    private Set<String> roles(Set<String> issuers) {
        Set<String> roles = new HashSet<>(Set.of(role));
        if (this == ADA) {
            roles.addAll(issuers);
        }
        return roles;
    }

    /**
     * As the console is told.
     *
     * @param attributes those of the keys that the playground issues
     */
    Actor.Member actor(Keystile keystile, Map<String, String> attributes) {
        Grants grants = Grants.none();
        if (this != VERA) {
            grants = grants.scopes(keystile.scopes().scopes())
                    .roles(texts(keystile.scopes().roles().keySet()));
            for (Map.Entry<String, String> attribute : attributes.entrySet()) {
                grants = grants.attribute(attribute.getKey(), attribute.getValue());
            }
        }
        if (this == ADA) {
            grants =
                    grants.plans(texts(keystile.plans().stream().map(Plan::name).toList()));
        }
        Set<String> roles = roles(keystile.keyManager().issuers());
        return new Actor.Member(DemoMembers.ACCOUNT, id, roles, grants);
    }

    private static String[] texts(Collection<String> texts) {
        return texts.toArray(String[]::new);
    }
}
