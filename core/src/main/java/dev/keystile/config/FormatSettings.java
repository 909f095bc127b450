package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings of credentials other than keys that are presented themselves, and the providers that read them. */
record FormatSettings(SettingValues values, Providers<CredentialFormatProvider> providers) {

    /** Adds a format for each provider of which a setting is set. */
    void addTo(KeystileBuilder builder) {
        for (CredentialFormatProvider provider : providers.all()) {
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
