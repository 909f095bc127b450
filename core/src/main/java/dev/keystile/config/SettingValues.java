package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.key.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** The settings as they are written, read one by one, so that one mistake does not hide the next. */
final class SettingValues {

    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<String> sensitive = new LinkedHashSet<>();
    /** The settings that are set and have no value for want of a variable: told once, and missed nowhere else. */
    private final Set<String> unresolved = new LinkedHashSet<>();

    SettingValues(
            Map<String, String> written,
            Set<String> duplicates,
            SettingNames names,
            Function<String, Optional<String>> variables) {
        duplicates.forEach(name -> problems.add(name + " is set twice: keep one of the two lines"));
        written.forEach((name, value) -> {
            Optional<Setting> setting = names.find(name);
            if (setting.isEmpty()) {
                problems.add(name + " is no setting" + names.suggestion(name));
                return;
            }
            List<String> missing = new ArrayList<>();
            String replaced = Variables.replace(value, variables, missing::add);
            missing.forEach(variable -> problems.add(
                    name + ": the environment variable " + variable + " is not set; set it, or write the value here"));
            if (Variables.isUnclosed(value)) {
                problems.add(name + ": '${' without '}'");
                unresolved.add(name);
            } else if (missing.isEmpty()) {
                values.put(name, replaced.strip());
                if (setting.get().sensitive()) {
                    sensitive.add(name);
                }
            } else {
                unresolved.add(name);
            }
        });
    }

    /** What is wrong; grows while settings are read. */
    List<String> problems() {
        return problems;
    }

    void problem(String sentence) {
        problems.add(sentence);
    }

    boolean isSet(String name) {
        return values.containsKey(name);
    }

    /** The value of a setting; empty where it is not set. */
    String text(String name) {
        return textOr(name, "");
    }

    String textOr(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /** Whether a setting is set and has no value for want of a variable, which is told already. */
    boolean isUnresolved(String name) {
        return unresolved.contains(name);
    }

    /** The names of all such settings. */
    Set<String> unresolved() {
        return unresolved;
    }

    /** Runs a step whose mistakes are the mistakes of one setting; without effect where that is not set. */
    void set(String name, Runnable step) {
        if (values.containsKey(name)) {
            attempt(name, () -> {
                step.run();
                return name;
            });
        }
    }

    /**
     * Whether code has set an option, so that settings of it are passed over; each of those that stands there all the same is
     * a problem, for one of the two would be without effect.
     *
     * @param beginnings how the names of the option's settings begin
     */
    boolean isGiven(KeystileBuilder builder, String option, String... beginnings) {
        if (!builder.isSet(option)) {
            return false;
        }
        for (String beginning : beginnings) {
            for (String name : values.keySet()) {
                if (name.startsWith(beginning)) {
                    problems.add(name + " is set, and code gives the " + option + " already: keep one of the two");
                }
            }
        }
        return true;
    }

    /** What a step gives; empty if it failed, and then its mistakes are those of a setting. */
    <T> Optional<T> attempt(String name, Supplier<T> step) {
        try {
            return Optional.of(step.get());
        } catch (IllegalArgumentException | IllegalStateException mistake) {
            for (String line : shown(name, String.valueOf(mistake.getMessage())).split("\n", -1)) {
                problems.add(name + ": " + line);
            }
            return Optional.empty();
        }
    }

    /** A message without the value of a setting whose values are never shown. */
    private String shown(String name, String message) {
        String value = values.getOrDefault(name, "");
        return sensitive.contains(name) && !value.isEmpty() ? message.replace(value, "…") : message;
    }

    /** The entries of a list; none where it is not set. */
    List<String> list(String name) {
        String value = values.getOrDefault(name, "");
        return value.isBlank()
                ? List.of()
                : Arrays.stream(value.split(",", -1)).map(String::strip).toList();
    }

    /** The settings under a common beginning, by the rest of their names. */
    Map<String, String> under(String beginning) {
        Map<String, String> found = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(beginning)) {
                found.put(name.substring(beginning.length()), value);
            }
        });
        return found;
    }

    /** A whole number, 1 or more. */
    static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, like a number that is out of bounds.
        }
        throw new IllegalArgumentException("'" + text + "': expected a whole number, 1 or more");
    }

    /** A length of time, as {@link Spans} reads it, and more than none. */
    static Duration duration(String text) {
        Duration duration = Spans.parse(text);
        if (duration.isZero()) {
            throw new IllegalArgumentException("'" + text + "': expected more than none, such as 90d");
        }
        return duration;
    }

    /** A dot would make one name the beginning of another, which YAML cannot say. */
    void requireName(String group, String name) {
        boolean fit = name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_');
        if (!fit) {
            problems.add(group + "." + name + ": expected the name '" + name + "' to be letters, digits, '-' or '_'");
        }
    }
}
