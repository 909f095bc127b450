package dev.keystile.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What extensions of this library that are found give to settings.
 *
 * @param stores   by {@code store.type}
 * @param formats  by what their settings begin with
 * @param limiters by {@code limiter.type}
 * @param hints    by {@code hints.type}
 */
record Extensions(
        Providers<KeyStoreProvider> stores,
        Providers<CredentialFormatProvider> formats,
        Providers<RateLimiterProvider> limiters,
        Providers<ChangeHintsProvider> hints) {

    static Extensions find() {
        return new Extensions(
                Providers.find(KeyStoreProvider.class, KeyStoreProvider::type),
                Providers.find(CredentialFormatProvider.class, CredentialFormatProvider::beginning),
                Providers.find(RateLimiterProvider.class, RateLimiterProvider::type),
                Providers.find(ChangeHintsProvider.class, ChangeHintsProvider::type));
    }

    /** The settings of all of them, in the order of the guide; those that parts of one extension share once. */
    List<Setting> settings() {
        List<Setting> all = new ArrayList<>();
        stores.all().forEach(provider -> all.addAll(provider.settings()));
        formats.all().forEach(provider -> all.addAll(provider.settings()));
        limiters.all().forEach(provider -> all.addAll(provider.settings()));
        hints.all().forEach(provider -> all.addAll(provider.settings()));
        return all.stream().distinct().toList();
    }
}
