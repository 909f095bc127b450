package dev.keystile.key;

import java.util.List;

/**
 * One page of a list of keys.
 *
 * <p>Immutable.
 *
 * @param keys    in the order of the list
 * @param damaged those that stand among or behind these and before the next page, and cannot be read
 * @param more    whether keys follow; ask for them with {@link KeyQuery#after} the last of these
 */
public record KeyPage(List<ApiKey> keys, List<KeyId> damaged, boolean more) {

    public KeyPage {
        keys = List.copyOf(keys);
        damaged = List.copyOf(damaged);
    }

    /** A page on which every key can be read. */
    public KeyPage(List<ApiKey> keys, boolean more) {
        this(keys, List.of(), more);
    }
}
