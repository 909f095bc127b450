package dev.keystile.limit;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A commercial tier: limits that apply all at once to the keys that refer to it by name.
 *
 * <p>Immutable.
 *
 * @param name   what keys refer to
 * @param limits one or more; a lone one may be unnamed and is then called like the plan
 */
public record Plan(String name, List<RateLimit> limits) {

    /** @throws IllegalArgumentException if there is no limit, or names are missing or double */
    public Plan {
        if (!RateLimit.isName(name)) {
            throw new IllegalArgumentException(
                    "plan '" + name + "': expected a letter, then letters, digits, '-' or '_', 64 at most");
        }
        if (limits.isEmpty()) {
            throw new IllegalArgumentException("plan '" + name + "' has no limit");
        }
        if (limits.size() == 1 && limits.get(0).name().isEmpty()) {
            limits = List.of(limits.get(0).namedLike(name));
        }
        limits = List.copyOf(limits);
        Set<String> names = new HashSet<>();
        for (RateLimit limit : limits) {
            if (limit.name().isEmpty()) {
                throw new IllegalArgumentException("plan '" + name
                        + "' has several limits: expected each to have a name, such as minute 600/1m, day 100000/1d");
            }
            if (!names.add(limit.name())) {
                throw new IllegalArgumentException("plan '" + name + "' has two limits named '" + limit.name() + "'");
            }
        }
        for (RateLimit limit : limits) {
            if (limit.hasBucket() && limit.hasWindow() && !names.add(limit.burstName())) {
                throw new IllegalArgumentException(
                        "plan '" + name + "' has a limit and a burst named '" + limit.burstName() + "'");
            }
        }
    }

    /** A plan of these limits. */
    public static Plan of(String name, RateLimit... limits) {
        return new Plan(name, List.of(limits));
    }

    /**
     * Reads limits separated by {@code ,}.
     *
     * @throws IllegalArgumentException if one cannot be read; the message says what would be right
     */
    public static Plan parse(String name, String text) {
        return new Plan(
                name, Arrays.stream(text.split(",", -1)).map(RateLimit::parse).toList());
    }
}
