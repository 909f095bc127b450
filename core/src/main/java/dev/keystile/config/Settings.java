package dev.keystile.config;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.KeyAdministration;
import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyStore;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Settings as text: the same names in a properties file, in web.xml and in Spring, read into the builder that code uses.
 *
 * <p>{@code docs/settings.md} lists every name. {@code ${NAME}} in a value stands for an environment variable. Names
 * that begin with {@code playground.} belong to the sample application and are passed over.
 *
 * <p>Immutable.
 */
public final class Settings {

    private static final String SAMPLE = "playground.";
    private static final String STORE = "store.";

    private final Map<String, String> values;
    private final Set<String> duplicates;
    private final Function<String, Optional<String>> variables;

    private Settings(Map<String, String> values, Set<String> duplicates, Function<String, Optional<String>> variables) {
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        this.duplicates = Set.copyOf(duplicates);
        this.variables = variables;
    }

    /** Settings by name. */
    public static Settings of(Map<String, String> values) {
        return new Settings(values, Set.of(), name -> Optional.ofNullable(System.getenv(name)));
    }

    /**
     * Reads the format of {@link Properties}; a name that stands in it twice is kept in mind as a problem.
     *
     * @throws IOException if it cannot be read or has a broken escape
     */
    public static Settings read(Reader properties) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        Set<String> duplicates = new LinkedHashSet<>();
        Properties listener = new Properties() {
            @Override
            public synchronized @Nullable Object put(Object name, Object value) {
                if (values.put((String) name, (String) value) != null) {
                    duplicates.add((String) name);
                }
                return super.put(name, value);
            }
        };
        try {
            listener.load(properties);
        } catch (IllegalArgumentException brokenEscape) {
            throw new IOException("not a properties file: " + brokenEscape.getMessage(), brokenEscape);
        }
        return new Settings(values, duplicates, name -> Optional.ofNullable(System.getenv(name)));
    }

    /** These settings and more; a name that stands in both is kept in mind as a problem. */
    public Settings and(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(values);
        Set<String> twice = new LinkedHashSet<>(duplicates);
        more.forEach((name, value) -> {
            if (all.put(name, value) != null) {
                twice.add(name);
            }
        });
        return new Settings(all, twice, variables);
    }

    /**
     * These settings with others, each in place of the one of its name.
     *
     * @throws InvalidConfigurationException if there is no setting of a name
     */
    public Settings overriddenBy(Map<String, String> others) {
        Extensions extensions = Extensions.find();
        SettingNames names = new SettingNames(all(extensions), extensions.formats());
        requireNone(
                others.keySet().stream()
                        .filter(name -> names.find(name).isEmpty())
                        .map(name -> name + " is no setting" + names.suggestion(name))
                        .toList(),
                List.of());
        Map<String, String> all = new LinkedHashMap<>(values);
        all.putAll(others);
        Set<String> twice = new LinkedHashSet<>(duplicates);
        twice.removeAll(others.keySet());
        return new Settings(all, twice, variables);
    }

    /** These settings, with variables from elsewhere than the environment of the process. */
    public Settings withVariables(Function<String, Optional<String>> source) {
        return new Settings(values, duplicates, source);
    }

    /** The values as written, by name. */
    public Map<String, String> values() {
        return values;
    }

    /** What a setting is set to, with its variables replaced, of which a missing one is nothing; empty if it is not set. */
    public Optional<String> value(String name) {
        return values.containsKey(name) ? Optional.of(problemFreeValue(name).strip()) : Optional.empty();
    }

    /** Every setting there is, in the order of the guide; those of extensions are found by their providers. */
    public static List<Setting> all() {
        return all(Extensions.find());
    }

    private static List<Setting> all(Extensions extensions) {
        List<Setting> all = new ArrayList<>(SettingCatalog.SETTINGS);
        all.addAll(extensions.settings());
        return all;
    }

    /**
     * Opens the store that is set, and builds.
     *
     * @throws InvalidConfigurationException                 with every problem there is
     * @throws dev.keystile.key.UnavailableException if the store cannot be reached
     */
    public Keystile open() {
        return open(code -> {});
    }

    /**
     * As {@link #open()}, with what only code can say: listeners, and the parts that it makes itself.
     *
     * @param code sets options of the builder, and does nothing else, for it is called more than once. Settings of hashers,
     *             rules, limiter or errors that it sets are problems: one of the two would be without effect
     * @throws InvalidConfigurationException                 with every problem there is
     * @throws dev.keystile.key.UnavailableException if the store cannot be reached
     */
    public Keystile open(Consumer<KeystileBuilder> code) {
        Extensions extensions = Extensions.find();
        StoreSettings store = new StoreSettings(this::problemFreeValue, values, extensions.stores());
        SettingValues read = read(extensions, store.settings(), store.isKnown());
        addStoreProblems(read, store);
        return open(read, extensions, store::open, code);
    }

    /**
     * As {@link #open(Consumer)}, over a store that code opens; {@code store.*} are passed over.
     *
     * @param store opens the store once there is no problem; it is closed with the facade
     */
    public Keystile open(Supplier<KeyStore> store, Consumer<KeystileBuilder> code) {
        Extensions extensions = Extensions.find();
        return open(read(extensions, List.of(), false), extensions, store, code);
    }

    private static Keystile open(
            SettingValues read, Extensions extensions, Supplier<KeyStore> store, Consumer<KeystileBuilder> code) {
        KeystileBuilder rehearsal = fill(read, extensions, KeyStore.inMemory(), code);
        requireNone(read.problems(), rehearsal.problems());
        KeyStore opened = store.get();
        try {
            return fill(read, extensions, opened, code).build();
        } catch (RuntimeException failure) {
            opened.close();
            throw failure;
        }
    }

    /** A setting whose variable is missing is told of already; to the store it looks as though it were not set. */
    private static void addStoreProblems(SettingValues read, StoreSettings store) {
        if (!read.isUnresolved("store.type")) {
            store.problems().stream()
                    .filter(problem -> read.unresolved().stream().noneMatch(name -> problem.startsWith(name + " ")))
                    .forEach(read.problems()::add);
        }
    }

    /**
     * A builder with all of these settings, over a store opened by the caller; {@code store.*} are passed over.
     *
     * @throws InvalidConfigurationException with every problem there is
     */
    public KeystileBuilder builder(KeyStore store) {
        Extensions extensions = Extensions.find();
        SettingValues read = read(extensions, List.of(), false);
        KeystileBuilder builder = fill(read, extensions, store, code -> {});
        requireNone(read.problems(), builder.problems());
        return builder;
    }

    /**
     * Opens the store that is set for a process that manages keys and serves no requests. Of the settings, those of keys,
     * scopes, plans and the store are read; of all others, not even the names are looked at, so that neither an extension that
     * is missing here nor a variable that is set for the application alone is in the way. How secrets are stored is read when
     * the first one is made or proven, which throws {@link IllegalStateException} with an {@link
     * InvalidConfigurationException} as its cause if that is wrong.
     *
     * @throws InvalidConfigurationException                 with every other problem there is
     * @throws dev.keystile.key.UnavailableException if the store cannot be reached
     */
    public KeyAdministration openAdministration() {
        Extensions extensions = Extensions.find();
        Settings own = ofAdministration(extensions);
        StoreSettings store = new StoreSettings(own::problemFreeValue, own.values, extensions.stores());
        SettingValues read = own.read(extensions, store.settings(), store.isKnown());
        addStoreProblems(read, store);
        requireNone(
                read.problems(),
                fillAdministration(read, extensions, KeyStore.inMemory()).administrationProblems());
        KeyStore opened = store.open();
        try {
            return fillAdministration(read, extensions, opened).buildAdministration();
        } catch (RuntimeException failure) {
            opened.close();
            throw failure;
        }
    }

    /**
     * As {@link #openAdministration}, over a store opened by the caller; {@code store.*} are passed over. The store is closed
     * with what this gives.
     *
     * @throws InvalidConfigurationException with every other problem there is
     */
    public KeyAdministration administration(KeyStore store) {
        Extensions extensions = Extensions.find();
        SettingValues read = ofAdministration(extensions).read(extensions, List.of(), false);
        KeystileBuilder builder = fillAdministration(read, extensions, store);
        requireNone(read.problems(), builder.administrationProblems());
        return builder.buildAdministration();
    }

    /** The settings that managing keys needs, without those of hashing. */
    private Settings ofAdministration(Extensions extensions) {
        return only(name -> !KeySettings.HASHING.contains(name)
                && (name.startsWith(STORE)
                        || name.startsWith("key.")
                        || name.startsWith(ImportSettings.BEGINNING)
                        || extensions.formats().all().stream().anyMatch(format -> name.startsWith(format.beginning()))
                        || name.startsWith("roles.")
                        || name.startsWith("plans.")
                        || Set.of("environments", "scopes", "implications").contains(name)
                        || (name.startsWith("rules.") && !values.containsKey("scopes"))));
    }

    private Settings only(Predicate<String> wanted) {
        Map<String, String> some = new LinkedHashMap<>(values);
        some.keySet().removeIf(wanted.negate());
        return new Settings(some, duplicates.stream().filter(wanted).collect(Collectors.toSet()), variables);
    }

    private KeystileBuilder fillAdministration(SettingValues values, Extensions extensions, KeyStore store) {
        KeystileBuilder builder = Keystile.builder(store);
        Settings hashing = only(KeySettings.HASHING::contains);
        builder.hashers(KeySettings.hashersOnDemand(
                        hashing.problemFreeValue("key.hash").strip(), () -> hashing.read(extensions, List.of(), false))
                .toArray(KeyHasher[]::new));
        new KeySettings(values).addAllButHashing(builder);
        new FormatSettings(values, extensions.formats()).addTo(builder);
        new ScopeSettings(values).addTo(builder);
        new LimitSettings(values, new LimiterSettings(extensions.limiters())).addTo(builder);
        new RuleSettings(values).addTo(builder);
        return builder;
    }

    private static void requireNone(List<String> problems, List<String> moreProblems) {
        List<String> all = new ArrayList<>(problems);
        all.addAll(moreProblems);
        if (!all.isEmpty()) {
            throw new InvalidConfigurationException(all);
        }
    }

    /** A builder with what code sets, and all that could be read. */
    private static KeystileBuilder fill(
            SettingValues values, Extensions extensions, KeyStore store, Consumer<KeystileBuilder> code) {
        KeystileBuilder builder = Keystile.builder(store);
        code.accept(builder);
        new KeySettings(values).addTo(builder);
        new FormatSettings(values, extensions.formats()).addTo(builder);
        new ScopeSettings(values).addTo(builder);
        new LimitSettings(values, new LimiterSettings(extensions.limiters())).addTo(builder);
        new HintSettings(extensions.hints()).addTo(builder, values);
        new UsageSettings(values).addTo(builder);
        new AnswerSettings(values).addTo(builder);
        new RuleSettings(values).addTo(builder);
        return builder;
    }

    private String problemFreeValue(String name) {
        return Variables.replace(values.getOrDefault(name, ""), variables, it -> {});
    }

    private SettingValues read(Extensions extensions, List<Setting> ofStore, boolean storeKnown) {
        Map<String, String> own = new LinkedHashMap<>(values);
        own.keySet().removeIf(name -> name.startsWith(SAMPLE));
        // Of a store that is not opened, or not known, nobody can say which settings it takes.
        own.keySet().removeIf(name -> !storeKnown && name.startsWith(STORE) && !name.equals("store.type"));
        List<Setting> known = new ArrayList<>(SettingCatalog.SETTINGS);
        known.addAll(ofStore);
        extensions.formats().all().forEach(format -> known.addAll(format.settings()));
        extensions
                .limiters()
                .named(problemFreeValue(LimiterSettings.TYPE).strip())
                .ifPresent(limiter -> known.addAll(limiter.settings()));
        extensions
                .hints()
                .named(problemFreeValue(HintSettings.TYPE).strip())
                .ifPresent(hints -> known.addAll(hints.settings()));
        SettingNames names = new SettingNames(known, extensions.formats());
        return new SettingValues(own, duplicates, names, variables);
    }
}
