package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/** The settings that say how nodes tell each other of changes besides the store's own way, and the provider they name. */
final class HintSettings {

    static final String TYPE = "hints.type";
    private static final String NONE = "none";

    private final Map<String, ChangeHintsProvider> providers = new LinkedHashMap<>();

    HintSettings() {
        addProviders(ServiceLoader.load(ChangeHintsProvider.class, HintSettings.class.getClassLoader()));
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            addProviders(ServiceLoader.load(ChangeHintsProvider.class, context));
        }
    }

    private void addProviders(Iterable<ChangeHintsProvider> found) {
        found.forEach(provider -> providers.putIfAbsent(provider.type(), provider));
    }

    /** What the hints of a type take; nothing where it is not known. */
    List<Setting> settings(String type) {
        return Optional.ofNullable(providers.get(type))
                .map(ChangeHintsProvider::settings)
                .orElse(List.of());
    }

    /** Adds hints, where they are set. */
    void addTo(KeystileBuilder builder, SettingValues values) {
        if (values.isGiven(builder, "hints", "hints.")) {
            return;
        }
        String type = values.textOr(TYPE, NONE);
        if (values.isUnresolved(TYPE) || type.equals(NONE)) {
            return;
        }
        ChangeHintsProvider provider = providers.get(type);
        if (provider == null) {
            Set<String> known = new TreeSet<>(providers.keySet());
            known.add(NONE);
            values.problem(TYPE + ": '" + type + "': expected one of " + known
                    + "; other hints need their extension on the class path");
            return;
        }
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
