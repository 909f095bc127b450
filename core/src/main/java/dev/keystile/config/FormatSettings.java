package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** The settings of credentials other than keys that are presented themselves, and the providers that read them. */
record FormatSettings(SettingValues values) {

    /** What they begin with in the extension of this library, for whoever has not got it on the class path. */
    private static final String SIGNING = "signing.";

    private static List<CredentialFormatProvider> providers() {
        Map<String, CredentialFormatProvider> found = new LinkedHashMap<>();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ServiceLoader.load(CredentialFormatProvider.class, FormatSettings.class.getClassLoader())
                .forEach(provider -> found.putIfAbsent(provider.beginning(), provider));
        if (context != null) {
            ServiceLoader.load(CredentialFormatProvider.class, context)
                    .forEach(provider -> found.putIfAbsent(provider.beginning(), provider));
        }
        return List.copyOf(found.values());
    }

    /** All there are, of the providers that are found. */
    static List<Setting> settings() {
        List<Setting> all = new ArrayList<>();
        providers().forEach(provider -> all.addAll(provider.settings()));
        return all;
    }

    /** What their names begin with, of the providers that are found. */
    static List<String> beginnings() {
        return providers().stream().map(CredentialFormatProvider::beginning).toList();
    }

    /** What to say of a setting that looks like one of these, and no provider is found for; empty of all others. */
    static String missing(String name) {
        return name.startsWith(SIGNING) && !beginnings().contains(SIGNING)
                ? "; it takes the extension keystile-jwt on the class path"
                : "";
    }

    /** Adds a format for each provider of which a setting is set. */
    void addTo(KeystileBuilder builder) {
        for (CredentialFormatProvider provider : providers()) {
            Map<String, String> own = new LinkedHashMap<>();
            values.under(provider.beginning()).forEach((name, value) -> own.put(provider.beginning() + name, value));
            boolean untold = values.unresolved().stream().anyMatch(name -> name.startsWith(provider.beginning()));
            if (own.isEmpty() || untold) {
                continue;
            }
            List<String> problems = provider.problems(own);
            problems.forEach(values::problem);
            if (problems.isEmpty()) {
                builder.format(provider.open(own));
            }
        }
    }
}
