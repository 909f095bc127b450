package dev.keystile.config;

import dev.keystile.key.KeyStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The settings that say where keys are kept, and the provider they name. */
final class StoreSettings {

    private static final String TYPE = "store.type";
    private static final String MEMORY = "memory";
    private static final String OTHERS =
            "; other stores need their extension, such as keystile-jdbc, on the class path";

    private final UnaryOperator<String> value;
    private final Map<String, String> written;
    private final Providers<KeyStoreProvider> providers;

    StoreSettings(UnaryOperator<String> value, Map<String, String> written, Providers<KeyStoreProvider> providers) {
        this.value = value;
        this.written = written;
        this.providers = providers;
    }

    /** Whether there is a provider of the type that is set; if not, nobody knows which other settings there are. */
    boolean isKnown() {
        return provider().isPresent();
    }

    private Optional<KeyStoreProvider> provider() {
        String type = value.apply(TYPE).strip();
        return type.equals(MEMORY) ? Optional.of(new InMemoryProvider()) : providers.named(type);
    }

    /** What the chosen store takes; nothing where it is not known. */
    List<Setting> settings() {
        return provider().map(KeyStoreProvider::settings).orElse(List.of());
    }

    List<String> problems() {
        if (provider().isEmpty()) {
            String type = value.apply(TYPE).strip();
            return List.of(TYPE + (type.isEmpty() ? " is missing" : " = '" + type + "'") + ": expected one of "
                    + providers.wordsAnd(MEMORY) + OTHERS + providers.failures());
        }
        return provider().get().problems(ownValues());
    }

    KeyStore open() {
        return provider().orElseThrow().open(ownValues());
    }

    private Map<String, String> ownValues() {
        Map<String, String> own = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(written.keySet());
        for (Setting setting : settings()) {
            if (names.contains(setting.name())) {
                own.put(setting.name(), value.apply(setting.name()).strip());
            }
        }
        return own;
    }

    private static final class InMemoryProvider implements KeyStoreProvider {

        @Override
        public String type() {
            return MEMORY;
        }

        @Override
        public List<Setting> settings() {
            return List.of();
        }

        @Override
        public List<String> problems(Map<String, String> values) {
            return List.of();
        }

        @Override
        public KeyStore open(Map<String, String> values) {
            return KeyStore.inMemory();
        }
    }
}
