package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import java.util.LinkedHashMap;
import java.util.Map;

/** The settings that say how nodes tell each other of changes besides the store's own way, and the provider they name. */
record HintSettings(Providers<ChangeHintsProvider> providers) {

    static final String TYPE = "hints.type";
    private static final String NONE = "none";

    /** Adds hints, where they are set. */
    void addTo(KeystileBuilder builder, SettingValues values) {
        if (values.isGiven(builder, "hints", "hints.")) {
            return;
        }
        String type = values.textOr(TYPE, NONE);
        if (values.isUnresolved(TYPE) || type.equals(NONE)) {
            return;
        }
        providers
                .named(type)
                .ifPresentOrElse(
                        provider -> addTo(builder, values, provider),
                        () -> values.problem(TYPE + ": '" + type + "': expected one of " + providers.wordsAnd(NONE)
                                + "; other hints need their extension on the class path" + providers.failures()));
    }

    private static void addTo(KeystileBuilder builder, SettingValues values, ChangeHintsProvider provider) {
        Map<String, String> own = new LinkedHashMap<>();
        for (Setting setting : provider.settings()) {
            if (values.isSet(setting.name())) {
                own.put(setting.name(), values.text(setting.name()));
            }
        }
        // What the limiter shares with them may have been told of already.
        provider.problems(own).stream()
                .filter(problem -> values.unresolved().stream().noneMatch(name -> problem.startsWith(name + " ")))
                .filter(problem -> !values.problems().contains(problem))
                .forEach(values::problem);
        builder.hints(() -> provider.open(own));
    }
}
