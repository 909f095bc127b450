package dev.keystile.scope;

import dev.keystile.key.KeyScope;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a rule asks of the caller. Immutable. */
public sealed interface Demand {

    /** Nothing: no key is looked for. */
    record Public() implements Demand {

        @Override
        public String toString() {
            return "public";
        }
    }

    /** Any key that is good. */
    record Authenticated() implements Demand {

        @Override
        public String toString() {
            return "authenticated";
        }
    }

    /** That the path is reached by a dispatch inside the application, never by a request. */
    record Internal() implements Demand {

        @Override
        public String toString() {
            return "internal";
        }
    }

    /**
     * Nothing by itself: the application has nothing at these paths, and they are only what a path with an encoded slash reads
     * like once it is decoded. The rule of the path as it was sent decides such a request; every other one is refused.
     */
    record Decoded() implements Demand {

        @Override
        public String toString() {
            return "decoded";
        }
    }

    /**
     * A key with all of these scopes.
     *
     * @param scopes one or more
     */
    record AllOf(Set<KeyScope> scopes) implements Demand {

        /** @throws IllegalArgumentException if there is none: all of none would be met by every key */
        public AllOf {
            scopes = Set.copyOf(scopes);
            if (scopes.isEmpty()) {
                throw new IllegalArgumentException("a demand of no scopes; to ask for any good key, say authenticated");
            }
        }

        @Override
        public String toString() {
            return joined(scopes, ",");
        }
    }

    /**
     * A key with one of these scopes.
     *
     * @param scopes one or more
     */
    record AnyOf(Set<KeyScope> scopes) implements Demand {

        /** @throws IllegalArgumentException if there is none */
        public AnyOf {
            scopes = Set.copyOf(scopes);
            if (scopes.isEmpty()) {
                throw new IllegalArgumentException("a demand of one of no scopes could never be met");
            }
        }

        @Override
        public String toString() {
            return joined(scopes, "|");
        }
    }

    /** The scopes it names; none where it asks for something else. */
    default Set<KeyScope> scopes() {
        return Set.of();
    }

    /** Whether these scopes are enough, of a key that is good. */
    default boolean isMetBy(Set<KeyScope> granted) {
        if (this instanceof AllOf all) {
            return granted.containsAll(all.scopes());
        }
        if (this instanceof AnyOf any) {
            for (KeyScope scope : any.scopes()) {
                if (granted.contains(scope)) {
                    return true;
                }
            }
            return false;
        }
        return !(this instanceof Decoded);
    }

    /**
     * Reads {@code public}, {@code authenticated}, {@code internal}, {@code decoded}, {@code a:read,b:write} or
     * {@code a:read|b:read}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Demand parse(String text) {
        return switch (text) {
            case "public" -> new Public();
            case "authenticated" -> new Authenticated();
            case "internal" -> new Internal();
            case "decoded" -> new Decoded();
            default -> parseScopes(text);
        };
    }

    private static Demand parseScopes(String text) {
        for (String word : text.split("[,|]", -1)) {
            if (List.of("public", "authenticated", "internal", "decoded").contains(word.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("demand '" + text
                        + "': expected public, authenticated, internal or decoded in lower case and alone");
            }
        }
        boolean any = text.contains("|");
        if (any && text.contains(",")) {
            throw new IllegalArgumentException("demand '" + text
                    + "': expected scopes separated by ',' (all of them) or by '|' (one of them), not both");
        }
        Set<KeyScope> scopes = Arrays.stream(text.split(any ? "\\|" : ",", -1))
                .map(KeyScope::new)
                .collect(Collectors.toSet());
        return any ? new AnyOf(scopes) : new AllOf(scopes);
    }

    private static String joined(Set<KeyScope> scopes, String separator) {
        return new TreeSet<>(scopes).stream().map(KeyScope::value).collect(Collectors.joining(separator));
    }
}
