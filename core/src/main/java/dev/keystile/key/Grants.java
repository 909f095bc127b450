package dev.keystile.key;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a member may let a key have; whatever is not said here they may not.
 *
 * <p>Immutable.
 *
 * @param scopes     and all that these imply
 * @param roles      named sets of scopes
 * @param plans      besides the default plan, which needs no grant
 * @param attributes for each attribute the values they may set: rules bind path variables to them
 */
public record Grants(Set<KeyScope> scopes, Set<String> roles, Set<String> plans, Map<String, Set<String>> attributes) {

    public Grants {
        scopes = Set.copyOf(scopes);
        roles = Set.copyOf(roles);
        plans = Set.copyOf(plans);
        Map<String, Set<String>> values = new HashMap<>();
        attributes.forEach((attribute, allowed) -> values.put(attribute, Set.copyOf(allowed)));
        attributes = Map.copyOf(values);
    }

    /** Nothing: the place to begin. */
    public static Grants none() {
        return new Grants(Set.of(), Set.of(), Set.of(), Map.of());
    }

    /** These, and these scopes. */
    public Grants scopes(String... more) {
        return scopes(Arrays.stream(more).map(KeyScope::new).toList());
    }

    /** These, and these scopes. */
    public Grants scopes(Collection<KeyScope> more) {
        return new Grants(union(scopes, more), roles, plans, attributes);
    }

    /** These, and these roles. */
    public Grants roles(String... more) {
        return new Grants(scopes, union(roles, Arrays.asList(more)), plans, attributes);
    }

    /** These, and these plans. */
    public Grants plans(String... more) {
        return new Grants(scopes, roles, union(plans, Arrays.asList(more)), attributes);
    }

    /** These, and these values of an attribute. */
    public Grants attribute(String attribute, String... values) {
        Map<String, Set<String>> more = new HashMap<>(attributes);
        more.merge(attribute, Set.of(values), Grants::union);
        return new Grants(scopes, roles, plans, more);
    }

    private static <T> Set<T> union(Set<T> some, Collection<T> more) {
        Set<T> all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }
}
