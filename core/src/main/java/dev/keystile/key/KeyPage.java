package dev.keystile.key;

import java.util.List;

/**
 * One page of a list of keys.
 *
 * <p>Immutable.
 *
 * @param keys in the order of the list
 * @param more whether keys follow; ask for them with {@link KeyQuery#after} the last of these
 */
public record KeyPage(List<ApiKey> keys, boolean more) {

    public KeyPage {
        keys = List.copyOf(keys);
    }
}
