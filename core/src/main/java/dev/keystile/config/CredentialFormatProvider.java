package dev.keystile.config;

import dev.keystile.key.CredentialFormat;
import java.util.List;
import java.util.Map;

/**
 * Makes a {@link CredentialFormat} of settings that are named alike, where one of them is set. Extensions offer theirs through
 * {@link java.util.ServiceLoader}. It is asked by one thread, as an application starts.
 */
public interface CredentialFormatProvider {

    /** What the names of its settings begin with, such as {@code signing.}; no other setting begins so. */
    String beginning();

    /** The settings there are, each by its full name. */
    List<Setting> settings();

    /**
     * Why no format can be made of these settings, each reason a sentence that names the setting and says what would be right;
     * empty if they look right.
     *
     * @param values as for {@link #open}
     */
    List<String> problems(Map<String, String> values);

    /**
     * Makes a format.
     *
     * @param values the settings that are set, one at least, by their full names; none that {@link #settings()} does not list
     * @throws IllegalArgumentException if there are {@link #problems}
     */
    CredentialFormat open(Map<String, String> values);
}
