package dev.keystile.playground;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyScope;
import java.util.Set;

/**
 * A key that was issued, with its text: the playground shows it, and writes it into commands to paste.
 *
 * <p>Immutable.
 *
 * @param key       as it is stored
 * @param effective all that it may do
 * @param text      what opens the door: the key, or a token that it signed
 */
record HeldKey(ApiKey key, Set<KeyScope> effective, String text) {

    HeldKey {
        effective = Set.copyOf(effective);
    }

    /** As the output of the playground has it. */
    String line() {
        return "KEY " + key.environment() + " " + key.name() + " " + text;
    }

    /** Without the text. */
    @Override
    public String toString() {
        return "HeldKey[" + key.id() + "]";
    }
}
