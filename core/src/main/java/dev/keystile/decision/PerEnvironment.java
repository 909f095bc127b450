package dev.keystile.decision;

import dev.keystile.key.KeyEnvironment;
import java.util.Map;
import java.util.Set;

/**
 * One resource for each environment, such as a {@code DataSource} or a schema name; the caller's key decides which.
 *
 * <p>A test key so cannot touch live data even where a query forgets to ask. Immutable, and as safe for use by many
 * threads as the resources are.
 *
 * @param <T> the type of the resources
 */
public final class PerEnvironment<T> {

    private final Map<KeyEnvironment, T> resources;

    private PerEnvironment(Map<KeyEnvironment, T> resources) {
        this.resources = Map.copyOf(resources);
    }

    /** The resources by environment. */
    public static <T> PerEnvironment<T> of(Map<KeyEnvironment, T> resources) {
        return new PerEnvironment<>(resources);
    }

    /**
     * The resource of the caller's environment.
     *
     * @throws IllegalArgumentException if there is none for it
     */
    public T of(ApiPrincipal caller) {
        return in(caller.environment());
    }

    /**
     * The resource of an environment.
     *
     * @throws IllegalArgumentException if there is none for it
     */
    public T in(KeyEnvironment environment) {
        T resource = resources.get(environment);
        if (resource == null) {
            throw new IllegalArgumentException(
                    "no resource for environment '" + environment + "'; there are some for " + environments());
        }
        return resource;
    }

    /** The environments there is a resource for. */
    public Set<KeyEnvironment> environments() {
        return resources.keySet();
    }
}
