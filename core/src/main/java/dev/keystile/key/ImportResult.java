package dev.keystile.key;

/**
 * What becomes of a key that is imported.
 *
 * <p>Immutable.
 *
 * @param id    its id here
 * @param there whether it is there already, so that nothing is changed
 */
public record ImportResult(KeyId id, boolean there) {}
