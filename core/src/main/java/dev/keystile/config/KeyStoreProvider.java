package dev.keystile.config;

import dev.keystile.key.KeyStore;
import java.util.List;
import java.util.Map;

/**
 * Opens the kind of store that {@code store.type} names. Extensions offer theirs through {@link java.util.ServiceLoader}.
 */
public interface KeyStoreProvider {

    /** The value of {@code store.type}, such as {@code jdbc}. */
    String type();

    /** The settings that this kind of store takes, each by its full name, such as {@code store.url}. */
    List<Setting> settings();

    /**
     * Why a store cannot be opened with these settings, each reason a sentence that names the setting and says what
     * would be right; empty if they look right. Opens nothing.
     *
     * @param values as for {@link #open}
     */
    List<String> problems(Map<String, String> values);

    /**
     * Opens a store, ready for use: what it needs, such as a schema, is made where it is missing.
     *
     * @param values the settings that are set, by their full names; none that {@link #settings()} does not list
     * @throws IllegalArgumentException              if there are {@link #problems}
     * @throws dev.keystile.key.UnavailableException if the store cannot be reached
     */
    KeyStore open(Map<String, String> values);
}
