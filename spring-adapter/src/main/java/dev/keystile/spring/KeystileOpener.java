package dev.keystile.spring;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.config.Settings;
import dev.keystile.decision.DecisionListener;
import dev.keystile.http.ErrorFormat;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.ExpiryListener;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyStore;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.servlet.KeystileFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

/** Opens a facade from settings, from the rules that code comes to, and from the beans that take the place of parts. */
final class KeystileOpener {

    private static final String JDBC_STORE = "dev.keystile.jdbc.JdbcKeyStore";

    private final ApplicationContext context;
    private final Settings settings;
    private final List<String> problems = new ArrayList<>();

    /** @param rules what controller methods demand; empty where there is no Spring MVC */
    KeystileOpener(ApplicationContext context, Settings settings, Optional<CodeRules> rules) {
        this.context = context;
        boolean given = context.getBeanProvider(ScopePolicy.class).getIfAvailable() != null;
        this.settings =
                given ? settings : settings.and(rules.map(CodeRules::settings).orElseGet(Map::of));
        rules.ifPresent(code -> problems.addAll(code.problems()));
        for (String name : context.getBeanNamesForType(KeystileFilter.class, true, false)) {
            problems.add(
                    "the bean '" + name + "' is a KeystileFilter beside keystileFilter, which would decide each request"
                            + " twice: leave it out; filter.order says where the filter stands");
        }
    }

    /** @throws InvalidConfigurationException with every problem of settings, annotations and beans */
    Keystile open() {
        Optional<Supplier<KeyStore>> store = Optional.empty();
        try {
            store = store();
        } catch (IllegalArgumentException undecided) {
            problems.add(String.valueOf(undecided.getMessage()));
        }
        if (!problems.isEmpty()) {
            throw withThoseOfSettings();
        }
        return store.isPresent() ? settings.open(store.get(), this::addBeans) : settings.open(this::addBeans);
    }

    private InvalidConfigurationException withThoseOfSettings() {
        try {
            settings.open(
                            () -> {
                                throw new NotOpened();
                            },
                            this::addBeans)
                    .close();
        } catch (NotOpened noneOfSettings) {
            // So it is these alone.
        } catch (InvalidConfigurationException more) {
            problems.addAll(more.problems());
        }
        return new InvalidConfigurationException(problems);
    }

    /** That of a bean, or of a data source; empty for that of the settings. */
    private Optional<Supplier<KeyStore>> store() {
        KeyStore bean = context.getBeanProvider(KeyStore.class).getIfAvailable();
        if (bean != null) {
            return Optional.of(() -> bean);
        }
        Optional<String> type = Optional.ofNullable(settings.values().get("store.type"));
        boolean mayBeJdbc = type.isEmpty() || type.get().strip().equals("jdbc");
        boolean hasUrl = settings.values().containsKey("store.url");
        Optional<String> name = Optional.ofNullable(
                context.getEnvironment().getProperty(SettingsReader.PREFIX + SettingsReader.DATA_SOURCE));
        if (name.isPresent() && (!mayBeJdbc || hasUrl)) {
            throw new IllegalArgumentException(SettingsReader.DATA_SOURCE + " is set, and "
                    + (hasUrl ? "store.url names another database" : "store.type is " + type.orElse(""))
                    + ": keep one of the two");
        }
        if (!mayBeJdbc || (hasUrl && type.isPresent())) {
            return Optional.empty();
        }
        boolean hasJdbc = ClassUtils.isPresent(JDBC_STORE, KeystileOpener.class.getClassLoader());
        if (!hasJdbc || hasUrl) {
            problems.add(withoutStore(type, hasUrl, hasJdbc, name));
            return Optional.empty();
        }
        Optional<Supplier<KeyStore>> store = DataSourceStore.of(context, name, isListening());
        if (store.isEmpty()) {
            problems.add(withoutStore(type, hasUrl, hasJdbc, name));
        }
        if (store.isPresent()) {
            for (String own : List.of("store.user", "store.password", "store.pool-size")) {
                if (settings.values().containsKey(own)) {
                    problems.add(
                            own + " is set without store.url, and the keys go to the application's DataSource: expected"
                                    + " store.url besides, or none of them");
                }
            }
        }
        return store;
    }

    /** With a data source of the application's only where it is asked for: it takes one of its connections for good. */
    private boolean isListening() {
        String listen = settings.value("store.listen").orElse("false");
        if (!listen.equals("true") && !listen.equals("false")) {
            problems.add("store.listen is '" + listen + "': expected true or false");
        }
        return listen.equals("true");
    }

    /** Why there is none, and what would make one in Spring. */
    private String withoutStore(Optional<String> type, boolean hasUrl, boolean hasJdbc, Optional<String> dataSource) {
        List<String> others = settings.values().keySet().stream()
                .filter(it -> it.startsWith("store.") && !it.equals("store.type"))
                .toList();
        if (!hasJdbc && (type.isPresent() || hasUrl || dataSource.isPresent())) {
            String set = type.isPresent() ? "store.type = 'jdbc'" : hasUrl ? "store.url" : SettingsReader.DATA_SOURCE;
            return set + ": keystile-jdbc is not on the class path: expected it there, or store.type = memory alone";
        }
        if (hasUrl) {
            return "store.type is missing: expected jdbc, as store.url is set";
        }
        return (type.isPresent() ? "store.url is missing: expected it" : "store.type is missing: expected memory")
                + ", or a bean of the type DataSource" + (hasJdbc ? "" : " and keystile-jdbc on the class path")
                + (others.isEmpty() ? "" : "; there is " + others);
    }

    private void addBeans(KeystileBuilder builder) {
        KeyHasher[] hashers =
                context.getBeanProvider(KeyHasher.class).orderedStream().toArray(KeyHasher[]::new);
        if (hashers.length > 0) {
            builder.hashers(hashers);
        }
        addOne(ScopePolicy.class, builder::rules);
        addOne(RateLimiter.class, builder::limiter);
        addOne(ErrorFormat.class, builder::errors);
        addOne(TimeSource.class, builder::time);
        context.getBeanProvider(CredentialFormat.class).orderedStream().forEach(builder::format);
        context.getBeanProvider(DecisionListener.class).orderedStream().forEach(builder::listener);
        context.getBeanProvider(ExpiryListener.class).orderedStream().forEach(builder::expiryListener);
    }

    private <T> void addOne(Class<T> type, Consumer<T> option) {
        context.getBeanProvider(type).ifAvailable(option);
    }

    /** Ends a rehearsal. */
    private static final class NotOpened extends RuntimeException {}
}
