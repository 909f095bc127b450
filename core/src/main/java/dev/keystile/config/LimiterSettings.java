package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** The settings that say what counts requests, and the provider they name. */
record LimiterSettings(Providers<RateLimiterProvider> providers) {

    static final String TYPE = "limiter.type";
    private static final String PARTITIONS = "limiter.partitions";
    private static final String MEMORY = "memory";

    /**
     * Adds what counts.
     *
     * @param limits all that it will be asked about
     */
    void addTo(KeystileBuilder builder, SettingValues values, Collection<RateLimit> limits) {
        if (values.isGiven(builder, "limiter", "limiter.")) {
            return;
        }
        String type = values.textOr(TYPE, MEMORY);
        if (values.isUnresolved(TYPE)) {
            return;
        }
        if (type.equals(MEMORY)) {
            values.set(
                    PARTITIONS,
                    () -> builder.limiter(
                            RateLimiter.inMemory(TimeSource.system(), SettingValues.number(values.text(PARTITIONS)))));
            return;
        }
        providers
                .named(type)
                .ifPresentOrElse(
                        provider -> addTo(builder, values, provider, limits),
                        () -> values.problem(TYPE + ": '" + type + "': expected one of " + providers.wordsAnd(MEMORY)
                                + "; other limiters need their extension on the class path"
                                + providers.failures()));
    }

    private static void addTo(
            KeystileBuilder builder, SettingValues values, RateLimiterProvider provider, Collection<RateLimit> limits) {
        Map<String, String> own = ownValues(provider, values);
        // A setting whose variable is missing is told of already; to the limiter it looks as though it were not set.
        provider.problems(own, limits).stream()
                .filter(problem -> values.unresolved().stream().noneMatch(name -> problem.startsWith(name + " ")))
                .forEach(values::problem);
        builder.limiter(() -> provider.open(own));
    }

    private static Map<String, String> ownValues(RateLimiterProvider provider, SettingValues values) {
        Map<String, String> own = new LinkedHashMap<>();
        for (Setting setting : provider.settings()) {
            if (values.isSet(setting.name())) {
                own.put(setting.name(), values.text(setting.name()));
            }
        }
        values.set(
                PARTITIONS, () -> own.put(PARTITIONS, Integer.toString(SettingValues.number(values.text(PARTITIONS)))));
        return own;
    }
}
