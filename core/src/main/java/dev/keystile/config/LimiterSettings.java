package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/** The settings that say what counts requests, and the provider they name. */
final class LimiterSettings {

    private static final String TYPE = "limiter.type";
    private static final String PARTITIONS = "limiter.partitions";
    private static final String MEMORY = "memory";

    private final Map<String, RateLimiterProvider> providers = new LinkedHashMap<>();

    LimiterSettings() {
        addProviders(ServiceLoader.load(RateLimiterProvider.class, LimiterSettings.class.getClassLoader()));
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            addProviders(ServiceLoader.load(RateLimiterProvider.class, context));
        }
    }

    private void addProviders(Iterable<RateLimiterProvider> found) {
        found.forEach(provider -> providers.putIfAbsent(provider.type(), provider));
    }

    /** What the limiter of a type takes besides core's settings; nothing where it is not known. */
    List<Setting> settings(String type) {
        return Optional.ofNullable(providers.get(type))
                .map(RateLimiterProvider::settings)
                .orElse(List.of());
    }

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
        RateLimiterProvider provider = providers.get(type);
        if (provider == null) {
            Set<String> known = new TreeSet<>(providers.keySet());
            known.add(MEMORY);
            values.problem(TYPE + ": '" + type + "': expected one of " + known
                    + "; other limiters need their extension on the class path");
            return;
        }
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
