package dev.keystile.config;

import dev.keystile.key.KeyStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** The settings that say where keys are kept, and the provider they name. */
final class StoreSettings {

    private static final String TYPE = "store.type";
    private static final String OTHERS =
            "; other stores need their extension, such as keystile-jdbc, on the class path";

    private final UnaryOperator<String> value;
    private final Map<String, String> written;
    private final Map<String, KeyStoreProvider> providers = new LinkedHashMap<>();

    StoreSettings(UnaryOperator<String> value, Map<String, String> written) {
        this.value = value;
        this.written = written;
        KeyStoreProvider memory = new InMemoryProvider();
        providers.put(memory.type(), memory);
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        addProviders(ServiceLoader.load(KeyStoreProvider.class, StoreSettings.class.getClassLoader()));
        if (context != null) {
            addProviders(ServiceLoader.load(KeyStoreProvider.class, context));
        }
    }

    private void addProviders(Iterable<KeyStoreProvider> found) {
        found.forEach(provider -> providers.putIfAbsent(provider.type(), provider));
    }

    /** Whether there is a provider of the type that is set; if not, nobody knows which other settings there are. */
    boolean isKnown() {
        return provider().isPresent();
    }

    private Optional<KeyStoreProvider> provider() {
        return Optional.ofNullable(providers.get(value.apply(TYPE).strip()));
    }

    /** What the chosen store takes; nothing where it is not known. */
    List<Setting> settings() {
        return provider().map(KeyStoreProvider::settings).orElse(List.of());
    }

    List<String> problems() {
        if (provider().isEmpty()) {
            String type = value.apply(TYPE).strip();
            return List.of(
                    type.isEmpty()
                            ? TYPE + " is missing: expected one of " + new TreeSet<>(providers.keySet()) + OTHERS
                            : TYPE + " = '" + type + "': expected one of " + new TreeSet<>(providers.keySet())
                                    + OTHERS);
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
            return "memory";
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
