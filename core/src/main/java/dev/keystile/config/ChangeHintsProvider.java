package dev.keystile.config;

import dev.keystile.key.ChangeHints;
import java.util.List;
import java.util.Map;

/**
 * Opens the kind of hints that {@code hints.type} names. Extensions offer theirs through {@link java.util.ServiceLoader}.
 */
public interface ChangeHintsProvider {

    /** The value of {@code hints.type}, such as {@code redis}. */
    String type();

    /**
     * The settings that this kind of hints takes, each by its full name, such as {@code redis.url}; it may share them with other
     * parts of its extension, and they are listed once.
     */
    List<Setting> settings();

    /**
     * Why hints cannot be opened with these settings, each reason a sentence that names the setting and says what would be right;
     * empty if they look right. Opens nothing.
     *
     * @param values as for {@link #open}
     */
    List<String> problems(Map<String, String> values);

    /**
     * Opens hints. That nobody can be told now keeps nobody from starting.
     *
     * @param values the settings that are set, by their full names; none that {@link #settings()} does not list
     * @throws IllegalArgumentException if there are {@link #problems}
     */
    ChangeHints open(Map<String, String> values);
}
