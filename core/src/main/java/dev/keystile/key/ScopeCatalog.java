package dev.keystile.key;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The scopes there are, which of them imply others, and the roles that name sets of them.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class ScopeCatalog {

    private static final int MAX_SHARED_SETS = 1000;

    private final Set<KeyScope> scopes;
    private final Map<String, Set<KeyScope>> roles;
    /** Each scope with all that it implies, itself included. */
    private final Map<KeyScope, Set<KeyScope>> closures;
    /** What keys were found to be able to do, by itself. */
    private final ConcurrentHashMap<Set<KeyScope>, Set<KeyScope>> sharedSets = new ConcurrentHashMap<>();

    private ScopeCatalog(Builder builder) {
        this.scopes = Collections.unmodifiableSet(new LinkedHashSet<>(builder.scopes));
        this.roles = Collections.unmodifiableMap(new LinkedHashMap<>(builder.roles));
        this.closures = new HashMap<>();
        for (KeyScope scope : scopes) {
            closures.put(scope, closure(scope, builder.implications));
        }
    }

    private static Set<KeyScope> closure(KeyScope start, Map<KeyScope, Set<KeyScope>> implications) {
        Set<KeyScope> reached = new TreeSet<>();
        Deque<KeyScope> open = new ArrayDeque<>(Set.of(start));
        while (!open.isEmpty()) {
            KeyScope next = open.pop();
            if (reached.add(next)) {
                open.addAll(implications.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }

    /** All declared scopes, in the order declared. */
    public Set<KeyScope> scopes() {
        return scopes;
    }

    /** The roles by name, in the order declared. */
    public Map<String, Set<KeyScope>> roles() {
        return roles;
    }

    /**
     * What a key may do in all: its own scopes, those of its roles, and all that these imply. A role that is no longer
     * declared gives nothing.
     */
    public Set<KeyScope> effective(ApiKey key) {
        Set<KeyScope> granted = new TreeSet<>();
        addImplied(granted, key.scopes());
        for (String role : key.roles()) {
            addImplied(granted, roles.getOrDefault(role, Set.of()));
        }
        return shared(Set.copyOf(granted));
    }

    /** One object for all keys that may do the same, as most keys of an application do. */
    private Set<KeyScope> shared(Set<KeyScope> granted) {
        Set<KeyScope> earlier = sharedSets.get(granted);
        if (earlier != null) {
            return earlier;
        }
        if (sharedSets.size() < MAX_SHARED_SETS) {
            sharedSets.put(granted, granted);
        }
        return granted;
    }

    /** These scopes and all that they imply. */
    public Set<KeyScope> implied(Set<KeyScope> from) {
        Set<KeyScope> all = new TreeSet<>();
        addImplied(all, from);
        return all;
    }

    private void addImplied(Set<KeyScope> target, Set<KeyScope> from) {
        for (KeyScope scope : from) {
            target.addAll(closures.getOrDefault(scope, Set.of(scope)));
        }
    }

    /** A builder of a catalog without scopes. */
    public static Builder builder() {
        return new Builder();
    }

    /** Puts a {@link ScopeCatalog} together. Not safe for use by many threads. */
    public static final class Builder {

        private final Set<KeyScope> scopes = new LinkedHashSet<>();
        private final Map<String, Set<KeyScope>> roles = new LinkedHashMap<>();
        private final Map<KeyScope, Set<KeyScope>> implications = new HashMap<>();

        private Builder() {}

        /** Declares a scope. */
        public Builder scope(KeyScope scope) {
            scopes.add(scope);
            return this;
        }

        /** Says that whoever has one scope has the other too. */
        public Builder implies(KeyScope stronger, KeyScope weaker) {
            implications.computeIfAbsent(stronger, it -> new LinkedHashSet<>()).add(weaker);
            return this;
        }

        /** @throws IllegalArgumentException if the role was declared before */
        public Builder role(String name, Set<KeyScope> members) {
            if (roles.putIfAbsent(name, Set.copyOf(members)) != null) {
                throw new IllegalArgumentException("role '" + name + "' is declared twice");
            }
            return this;
        }

        /** @throws IllegalArgumentException if a role or an implication names a scope that is not declared */
        public ScopeCatalog build() {
            Set<KeyScope> undeclared = new TreeSet<>();
            roles.values().forEach(undeclared::addAll);
            implications.forEach((stronger, weaker) -> {
                undeclared.add(stronger);
                undeclared.addAll(weaker);
            });
            undeclared.removeAll(scopes);
            if (!undeclared.isEmpty()) {
                throw new IllegalArgumentException("scopes " + undeclared + " are not declared");
            }
            return new ScopeCatalog(this);
        }
    }
}
