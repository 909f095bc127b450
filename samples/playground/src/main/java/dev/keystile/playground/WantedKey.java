package dev.keystile.playground;

import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyScope;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A key that is to be issued at the start.
 *
 * <p>Immutable.
 *
 * @param name        what it is called in the output
 * @param environment what it opens
 * @param scopes      what it may do
 * @param plan        its plan; none for the default one
 * @param prefix      what it begins with; none for what is usual in its environment
 */
record WantedKey(
        String name, KeyEnvironment environment, Set<KeyScope> scopes, Optional<String> plan, Optional<String> prefix) {

    private static final String NO_SCOPES = "-";

    WantedKey {
        scopes = Set.copyOf(scopes);
    }

    /** One of the usual prefix. */
    WantedKey(String name, KeyEnvironment environment, Set<KeyScope> scopes, Optional<String> plan) {
        this(name, environment, scopes, plan, Optional.empty());
    }

    /** Reads {@code <name> <environment> <scope,scope> [<plan>]}, with {@code -} for no scopes. */
    static WantedKey parse(String text) throws StartRefusedException {
        List<String> words = List.of(text.strip().split("\\s+"));
        if (words.size() < 3 || words.size() > 4) {
            throw StartRefusedException.usage(
                    "--key '" + text + "': expected \"<name> <environment> <scope,scope> [<plan>]\"");
        }
        try {
            Set<KeyScope> scopes = new LinkedHashSet<>();
            if (!words.get(2).equals(NO_SCOPES)) {
                Arrays.stream(words.get(2).split(",", -1)).map(KeyScope::new).forEach(scopes::add);
            }
            return new WantedKey(
                    words.get(0),
                    new KeyEnvironment(words.get(1)),
                    scopes,
                    words.size() == 4 ? Optional.of(words.get(3)) : Optional.empty());
        } catch (IllegalArgumentException unreadable) {
            throw StartRefusedException.usage("--key '" + text + "': " + unreadable.getMessage());
        }
    }
}
