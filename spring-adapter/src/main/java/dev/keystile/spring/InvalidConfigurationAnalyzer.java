package dev.keystile.spring;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.config.Setting;
import dev.keystile.config.Settings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Tells why an application did not start by the names of Spring's properties, with the file and line of each. */
final class InvalidConfigurationAnalyzer extends AbstractFailureAnalyzer<InvalidConfigurationException> {

    /** What is told of a name that is misspelt: of which setting its value is, and whether that may be shown, nobody knows. */
    private static final String UNKNOWN = " is no setting";

    private final Environment environment;

    InvalidConfigurationAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, InvalidConfigurationException cause) {
        Map<String, BoundSetting> settings = BootSettings.read(environment);
        Set<String> sensitive = Settings.all().stream()
                .filter(Setting::sensitive)
                .map(Setting::name)
                .collect(Collectors.toSet());
        StringBuilder description = new StringBuilder("Keystile cannot be configured:\n");
        for (String problem : cause.problems()) {
            description.append("\n  - ").append(named(problem, settings.keySet()));
            for (BoundSetting setting : settings.values()) {
                if (isAbout(problem, setting.name())) {
                    description
                            .append("\n      ")
                            .append(SettingsReader.PREFIX)
                            .append(setting.name())
                            .append(": ")
                            .append(
                                    problem.startsWith(setting.name() + UNKNOWN) || sensitive.contains(setting.name())
                                            ? "…"
                                            : setting.value());
                    setting.origin()
                            .ifPresent(
                                    origin -> description.append("\n      in ").append(origin));
                }
            }
        }
        return new FailureAnalysis(
                description.toString(),
                "Correct these properties, or the annotations and beans that are named. docs/settings.md lists every"
                        + " setting with its values; in Spring each begins with " + SettingsReader.PREFIX,
                cause);
    }

    /** With the property's name where a sentence begins with that of a setting. */
    private static String named(String problem, Set<String> set) {
        boolean setting = Settings.all().stream().anyMatch(it -> begins(problem, it.name()))
                || set.stream().anyMatch(name -> begins(problem, name))
                || List.of(SettingsReader.DATA_SOURCE, "filter.order").stream().anyMatch(name -> begins(problem, name));
        return setting ? SettingsReader.PREFIX + problem : problem;
    }

    private static boolean isAbout(String problem, String setting) {
        return begins(problem, setting)
                || (setting.startsWith("rules.")
                        && (problem.contains("'" + setting.substring("rules.".length()) + "'")
                                || problem.contains(" " + setting + " ")));
    }

    private static boolean begins(String problem, String setting) {
        return problem.startsWith(setting)
                && (problem.length() == setting.length() || " :".indexOf(problem.charAt(setting.length())) >= 0);
    }
}
