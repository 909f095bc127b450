package dev.keystile.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds settings by name, and what a mistyped name was meant to be.
 *
 * @param known   the settings that may be set
 * @param formats those whose settings are among them
 */
record SettingNames(List<Setting> known, Providers<CredentialFormatProvider> formats) {

    private static final int MAX_DISTANCE = 3;
    /** What settings of keys that sign begin with, for whoever has not got their extension on the class path. */
    private static final String SIGNING = "signing.";

    Optional<Setting> find(String name) {
        return known.stream().filter(it -> matches(name, it.name())).findFirst();
    }

    /** Whether a name is of a pattern in which {@code *} stands for one part, or at its end for all that is left. */
    private static boolean matches(String name, String pattern) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return name.equals(pattern);
        }
        String before = pattern.substring(0, star);
        String after = pattern.substring(star + 1);
        return name.startsWith(before)
                && name.endsWith(after)
                && name.length() > before.length() + after.length()
                && (after.isEmpty() || name.indexOf('.', before.length()) == name.length() - after.length());
    }

    /** A sentence part that names the setting most like a name, if there is one; else where to look. */
    String suggestion(String name) {
        if (name.startsWith(SIGNING) && formats.named(SIGNING).isEmpty()) {
            return "; it takes the extension keystile-jwt on the class path" + formats.failures();
        }
        String lower = name.toLowerCase(Locale.ROOT);
        int dot = lower.indexOf('.');
        if (known.stream().map(Setting::name).anyMatch((lower + ".*")::equals)) {
            return ": each has a name of your choice, such as " + lower + ".first";
        }
        for (Setting setting : known) {
            int star = setting.name().indexOf(".*");
            if (dot > 0
                    && star > 0
                    && distance(lower.substring(0, dot), setting.name().substring(0, star)) == 1) {
                return ": did you mean " + setting.name().substring(0, star) + name.substring(dot) + "?";
            }
        }
        return known.stream()
                .map(Setting::name)
                .filter(it -> distance(lower, it) <= MAX_DISTANCE)
                .min(Comparator.comparingInt(it -> distance(lower, it)))
                .map(it -> ": did you mean " + it + "?")
                .orElse((lower.startsWith("store.") ? " of the store that store.type names" : "")
                        + "; docs/settings.md lists all there are");
    }

    /** The Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
