package dev.keystile;

import dev.keystile.decision.DecisionListener;
import dev.keystile.http.AnswerFormat;
import dev.keystile.http.CorsOrigins;
import dev.keystile.http.CredentialSource;
import dev.keystile.http.ErrorFormat;
import dev.keystile.http.ErrorTexts;
import dev.keystile.http.HeaderFormat;
import dev.keystile.http.RetryAfter;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.ChangeHints;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.ExpiryListener;
import dev.keystile.key.ImportFormat;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.TimeSource;
import dev.keystile.key.UsageStore;
import dev.keystile.limit.FailureLimiter;
import dev.keystile.limit.PartitionKind;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link Keystile} together. Prefixes and rules are needed; the rest has a default that is safe.
 *
 * <p>An option set twice is an error, and so is every contradiction between options: {@link #build} tells them all.
 * Not safe for use by many threads.
 */
public final class KeystileBuilder {

    private static final Set<String> DEFAULT_ISSUERS = Set.of("developer", "admin");
    private static final int DEFAULT_FAILURE_ADDRESSES = 100_000;
    private static final Duration DEFAULT_NOTICE = Duration.ofDays(14);
    private static final Duration LONGEST_NOTICE = Duration.ofDays(366);
    private static final Duration SHORTEST_AGE = Duration.ofMillis(1);
    private static final Duration LONGEST_AGE = Duration.ofDays(36_500);
    private static final Duration SHORTEST_USAGE_INTERVAL = Duration.ofMillis(100);
    private static final Duration LONGEST_USAGE_INTERVAL = Duration.ofHours(1);
    private static final Duration SHORTEST_USAGE_RETENTION = Duration.ofDays(1);
    private static final Duration LONGEST_USAGE_RETENTION = Duration.ofDays(36_500);

    private final KeyStore store;
    private final Set<String> set = new HashSet<>();
    private final List<String> mistakes = new ArrayList<>();
    private final List<CredentialFormat> formats = new ArrayList<>();
    private List<ImportFormat> imports = List.of();
    private Optional<KeyHasher> importedHasher = Optional.empty();
    private final List<DecisionListener> listeners = new ArrayList<>();
    private final Map<String, RateLimit> ruleLimits = new LinkedHashMap<>();
    private final Map<String, Plan> plans = new LinkedHashMap<>();
    private List<KeyPrefix> prefixes = List.of();
    private List<KeyHasher> hashers = List.of();
    private List<CredentialSource> credentials = List.of(CredentialSource.bearer());
    private Set<KeyEnvironment> environments = Set.of();
    private Optional<ScopeCatalog> scopes = Optional.empty();
    private Optional<ScopePolicy> rules = Optional.empty();
    private Optional<String> defaultPlan = Optional.empty();
    private Optional<RateLimiter> limiter = Optional.empty();
    private @Nullable Supplier<? extends RateLimiter> limiterOpener;
    private @Nullable Supplier<? extends ChangeHints> hintsOpener;
    private Optional<RateLimit> failureLimit = Optional.of(RateLimit.perMinute(100));
    private OptionalInt failureAddresses = OptionalInt.empty();
    private TrustedProxies trustedProxies = TrustedProxies.none();
    private CorsOrigins corsOrigins = CorsOrigins.none();
    private List<HeaderFormat> headers = List.of(HeaderFormat.xRateLimit());
    private RetryAfter retryAfter = RetryAfter.SECONDS;
    private ErrorFormat errors = ErrorFormat.problem(ErrorTexts.builder().build());
    private String realm = "api";
    private Set<String> issuers = DEFAULT_ISSUERS;
    private OptionalInt cacheSize = OptionalInt.empty();
    private final Map<KeyEnvironment, Duration> maxAges = new LinkedHashMap<>();
    private final Map<KeyEnvironment, Duration> defaultAges = new LinkedHashMap<>();
    private final List<ExpiryListener> expiryListeners = new ArrayList<>();
    private Optional<Duration> expiryNotice = Optional.empty();
    private Optional<Duration> usageInterval = Optional.of(Duration.ofSeconds(10));
    private Duration usageRetention = Duration.ofDays(90);
    private TimeSource time = TimeSource.system();

    KeystileBuilder(KeyStore store) {
        this.store = store;
    }

    private void once(String option) {
        if (!set.add(option)) {
            mistakes.add(option + " is set twice");
        }
    }

    /**
     * Whether an option was set already, by the name that messages call it: {@code hashers}, {@code rules}, {@code limiter},
     * {@code errors}, …
     */
    public boolean isSet(String option) {
        return set.contains(option);
    }

    /** The prefixes of minted keys, in the order in which minting prefers them. */
    public KeystileBuilder prefixes(KeyPrefix... table) {
        once("prefixes");
        this.prefixes = List.of(table);
        return this;
    }

    /** The hasher of new secrets, then others whose digests are stored already; Argon2id unless set. */
    public KeystileBuilder hashers(KeyHasher... newestFirst) {
        once("hashers");
        this.hashers = List.of(newestFirst);
        return this;
    }

    /** Where a credential may stand; {@code Authorization: Bearer} unless set. */
    public KeystileBuilder credentials(CredentialSource... places) {
        once("credentials");
        this.credentials = List.of(places);
        return this;
    }

    /** Another family of credentials, tried where the text is neither a minted key nor of an import format; may be called again. */
    public KeystileBuilder format(CredentialFormat format) {
        formats.add(format);
        return this;
    }

    /** The formats of keys that were minted elsewhere and imported by their digests; none unless set. */
    public KeystileBuilder imports(ImportFormat... all) {
        once("imports");
        this.imports = List.of(all);
        return this;
    }

    /**
     * What stores imported secrets anew when they are used: unless set, Argon2id at
     * {@link dev.keystile.key.Argon2Cost#IMPORTED} where new secrets are stored by Argon2id, and as those where not.
     */
    public KeystileBuilder importedHasher(KeyHasher hasher) {
        once("key.imported-argon2-cost");
        this.importedHasher = Optional.of(hasher);
        return this;
    }

    /** The environments served here; all of the prefix table and of the import formats unless set. */
    public KeystileBuilder environments(KeyEnvironment... served) {
        once("environments");
        this.environments = new LinkedHashSet<>(Arrays.asList(served));
        return this;
    }

    /** The scopes there are, with roles and implications; those the rules name unless set. */
    public KeystileBuilder scopes(ScopeCatalog catalog) {
        once("scopes");
        this.scopes = Optional.of(catalog);
        return this;
    }

    /** What requests demand. */
    public KeystileBuilder rules(ScopePolicy policy) {
        once("rules");
        this.rules = Optional.of(policy);
        return this;
    }

    /** The plans that keys can refer to. */
    public KeystileBuilder plans(Plan... all) {
        once("plans");
        for (Plan plan : all) {
            if (plans.putIfAbsent(plan.name(), plan) != null) {
                mistakes.add("plan '" + plan.name() + "' is set twice");
            }
        }
        return this;
    }

    /** The plan of keys that refer to none; without one, such keys have no limit. */
    public KeystileBuilder defaultPlan(String name) {
        once("default-plan");
        this.defaultPlan = Optional.of(name);
        return this;
    }

    /** The named limits that rules add to the plan's. */
    public KeystileBuilder limits(RateLimit... named) {
        once("limits");
        for (RateLimit limit : named) {
            if (limit.name().isEmpty()) {
                mistakes.add("a limit of rules needs a name");
            } else if (ruleLimits.putIfAbsent(limit.name(), limit) != null) {
                mistakes.add("limit '" + limit.name() + "' is set twice");
            }
        }
        return this;
    }

    /** What counts; in memory unless set. It is closed with the facade. */
    public KeystileBuilder limiter(RateLimiter counter) {
        once("limiter");
        this.limiter = Optional.of(counter);
        return this;
    }

    /**
     * What opens the limiter that counts; it is asked once, when the facade is built and all else was found right. The limiter
     * is closed with the facade.
     */
    public KeystileBuilder limiter(Supplier<? extends RateLimiter> opener) {
        once("limiter");
        this.limiterOpener = opener;
        return this;
    }

    /**
     * What opens a way to tell other processes of changes, besides that of the store; it is asked once, when the facade is built
     * and all else was found right. What it gives is closed with the facade.
     */
    public KeystileBuilder hints(Supplier<? extends ChangeHints> opener) {
        once("hints");
        this.hintsOpener = opener;
        return this;
    }

    /**
     * How much authentication may fail from one address (of IPv6, from one /64); 100 a minute unless set. Over it, keys
     * that have not proved themselves here are refused with 429, and those that have go on working.
     */
    public KeystileBuilder failureLimit(RateLimit limit) {
        once("failures.limit");
        this.failureLimit = Optional.of(limit);
        return this;
    }

    /** Lets authentication fail as often as it likes: only where something before the application limits it. */
    public KeystileBuilder noFailureLimit() {
        once("failures.limit");
        this.failureLimit = Optional.empty();
        return this;
    }

    /**
     * How many counts of failures there are, 1 or more; 100,000 unless set. Each address has one of them, which some share
     * when many fail.
     */
    public KeystileBuilder failureAddresses(int addresses) {
        once("failures.addresses");
        this.failureAddresses = OptionalInt.of(addresses);
        return this;
    }

    /** The proxies whose word is taken for where a request comes from; none unless set. */
    public KeystileBuilder trustedProxies(TrustedProxies proxies) {
        once("proxies.trusted");
        this.trustedProxies = proxies;
        return this;
    }

    /** The origins whose scripts may call from a browser; none unless set. */
    public KeystileBuilder corsOrigins(CorsOrigins origins) {
        once("cors.origins");
        this.corsOrigins = origins;
        return this;
    }

    /** How limits are told; {@code X-RateLimit-*} unless set, not at all if none is given. */
    public KeystileBuilder headers(HeaderFormat... formatsOfLimits) {
        once("headers");
        this.headers = List.of(formatsOfLimits);
        return this;
    }

    /** What {@code Retry-After} tells; how many seconds to wait unless set. */
    public KeystileBuilder retryAfter(RetryAfter format) {
        once("headers.retry-after");
        this.retryAfter = format;
        return this;
    }

    /** How bodies of denials are written; RFC 9457 unless set. */
    public KeystileBuilder errors(ErrorFormat format) {
        once("errors");
        this.errors = format;
        return this;
    }

    /** What {@code WWW-Authenticate} calls the protected space; {@code api} unless set. */
    public KeystileBuilder realm(String name) {
        once("realm");
        this.realm = name;
        return this;
    }

    /**
     * The roles of which a member needs one to issue, rotate, disable, enable or revoke keys; {@code developer} and
     * {@code admin} unless set.
     */
    public KeystileBuilder issuers(String... roles) {
        once("issuers");
        this.issuers = Set.of(roles);
        return this;
    }

    /** How many keys are held in memory at most, 1 or more; 1,000,000 unless set. */
    public KeystileBuilder cacheSize(int keys) {
        once("key.cache-size");
        this.cacheSize = OptionalInt.of(keys);
        return this;
    }

    /**
     * How long new keys of an environment may last, 1 ms to 36,500 days; without end unless set. May be called again, for
     * another environment. Keys that are there already stay as they are.
     */
    public KeystileBuilder maxAge(KeyEnvironment environment, Duration age) {
        once("key.max-age of " + environment);
        maxAges.put(environment, age);
        return this;
    }

    /**
     * How long new keys of an environment last where nobody says when they end, 1 ms to 36,500 days; as long as they may
     * unless set. May be called again, for another environment.
     */
    public KeystileBuilder defaultAge(KeyEnvironment environment, Duration age) {
        once("key.default-age of " + environment);
        defaultAges.put(environment, age);
        return this;
    }

    /**
     * How long before their expiry keys are announced, in the log and to {@linkplain #expiryListener listeners}, 1 to 366
     * days; 14 days where there is a listener, not at all where there is none, unless set.
     */
    public KeystileBuilder expiryNotice(Duration before) {
        once("key.expiry-notice");
        this.expiryNotice = Optional.of(before);
        return this;
    }

    /** Hears of keys that will soon have expired, of all that are in the store; may be called again. */
    public KeystileBuilder expiryListener(ExpiryListener listener) {
        expiryListeners.add(listener);
        return this;
    }

    /**
     * How often the counts of requests by key, and when each key was last used, are written to the store: from every 100
     * milliseconds to once an hour; every 10 seconds unless set. Where the store keeps no
     * {@linkplain KeyStore#usage() usage}, nothing is counted.
     */
    public KeystileBuilder usageInterval(Duration interval) {
        once("usage.interval");
        this.usageInterval = Optional.of(interval);
        return this;
    }

    /** Counts no requests by key, and does not record when keys were last used. */
    public KeystileBuilder noUsage() {
        once("usage.interval");
        this.usageInterval = Optional.empty();
        return this;
    }

    /**
     * How long the counts of an hour are kept, from 1 day to 36,500 days; 90 days unless set. When a key was last used is
     * kept as long as the key.
     */
    public KeystileBuilder usageRetention(Duration retention) {
        once("usage.retention");
        this.usageRetention = retention;
        return this;
    }

    /** Hears every decision; may be called again. */
    public KeystileBuilder listener(DecisionListener listener) {
        listeners.add(listener);
        return this;
    }

    /** The clocks; the machine's unless set. */
    public KeystileBuilder time(TimeSource source) {
        once("time");
        this.time = source;
        return this;
    }

    /** Why this cannot be built, each reason a sentence; empty if it can. */
    public List<String> problems() {
        List<String> problems = administrationProblems();
        failureLimit
                .filter(limit -> !limit.name().isEmpty()
                        || limit.per() != PartitionKind.KEY
                        || !limit.shares().isEmpty())
                .ifPresent(limit -> problems.add("failures.limit: expected <count>/<window> [burst <count>], such as"
                        + " 100/1m, without a name and without per: it counts for addresses"));
        if (failureAddresses.isPresent() && failureLimit.isEmpty()) {
            problems.add("failures.addresses is set, and failures.limit is none");
        }
        if (failureAddresses.isPresent() && failureAddresses.getAsInt() < 1) {
            problems.add(
                    "failures.addresses '" + failureAddresses.getAsInt() + "': expected a whole number, 1 or more");
        }
        addUsageProblems(problems);
        limiter.ifPresent(counter -> problems.addAll(counter.problems(countedLimits())));
        if (credentials.isEmpty()) {
            problems.add("credentials is empty: expected bearer, basic, authorization, scheme <name> or header <name>");
        }
        addCredentialProblems(problems);
        try {
            answers();
        } catch (IllegalArgumentException unfit) {
            problems.add(String.valueOf(unfit.getMessage()));
        }
        if (rules.isEmpty()) {
            problems.add("there are no rules, so that every request would be refused: expected at least one, such as"
                    + " rules.items = GET /v1/items/** items:read");
        }
        rules.ifPresent(policy -> policy.rules().forEach(rule -> addRuleProblems(problems, rule)));
        if (defaultPlan.isPresent() && !plans.containsKey(defaultPlan.get())) {
            problems.add("default-plan '" + defaultPlan.get() + "' is not among the plans " + plans.keySet());
        }
        plans.values().forEach(plan -> plan.limits().forEach(limit -> addShareProblems(problems, limit)));
        ruleLimits.values().forEach(limit -> addShareProblems(problems, limit));
        for (Plan plan : plans.values()) {
            for (RateLimit limit : plan.limits()) {
                if (ruleLimits.containsKey(limit.name())) {
                    problems.add("limit '" + limit.name() + "' of plan '" + plan.name()
                            + "' has the name of a limit of rules: rename one of them");
                }
            }
        }
        return problems;
    }

    /** Those of the {@link #problems} that keep from managing keys as well; the caller's own list. */
    public List<String> administrationProblems() {
        List<String> problems = new ArrayList<>(mistakes);
        if (prefixes.isEmpty() && CredentialFormat.signingEnvironments(formats).isEmpty()) {
            problems.add(
                    "key.prefixes is missing: expected <prefix> <kind> <environment>, such as acme_live_ secret live");
        } else {
            addPrefixProblems(problems);
        }
        problems.addAll(ImportFormat.problems(imports, prefixes));
        if (cacheSize.isPresent() && cacheSize.getAsInt() < 1) {
            problems.add("key.cache-size '" + cacheSize.getAsInt() + "': expected a whole number, 1 or more");
        }
        addAgeProblems(problems);
        if (set.contains("environments") && environments.isEmpty()) {
            problems.add("environments is empty: expected at least one, or leave it out to serve all of key.prefixes");
        }
        return problems;
    }

    private void addAgeProblems(List<String> problems) {
        addAgeProblems(problems, "key.max-age", maxAges);
        addAgeProblems(problems, "key.default-age", defaultAges);
        defaultAges.forEach((environment, age) -> {
            Duration most = maxAges.get(environment);
            if (most != null && age.compareTo(most) > 0) {
                problems.add("key.default-age of environment '" + environment + "': longer than its key.max-age");
            }
        });
        expiryNotice
                .filter(notice -> notice.compareTo(Duration.ofDays(1)) < 0 || notice.compareTo(LONGEST_NOTICE) > 0)
                .ifPresent(notice -> problems.add("key.expiry-notice: expected 1d to 366d"));
    }

    private void addAgeProblems(List<String> problems, String setting, Map<KeyEnvironment, Duration> ages) {
        Set<String> known = knownEnvironments();
        ages.forEach((environment, age) -> {
            if (!known.isEmpty() && !known.contains(environment.name())) {
                problems.add(setting + ": no prefix is of environment '" + environment + "'; there are " + known);
            }
            if (age.compareTo(SHORTEST_AGE) < 0 || age.compareTo(LONGEST_AGE) > 0) {
                problems.add(setting + " of environment '" + environment + "': expected 1ms to 36500d");
            }
        });
    }

    private Set<String> knownEnvironments() {
        Set<String> known = new TreeSet<>();
        prefixes.forEach(prefix -> known.add(prefix.environment().name()));
        imports.forEach(format -> known.add(format.environment().name()));
        CredentialFormat.signingEnvironments(formats).forEach(environment -> known.add(environment.name()));
        return known;
    }

    private void addUsageProblems(List<String> problems) {
        usageInterval
                .filter(it -> it.compareTo(SHORTEST_USAGE_INTERVAL) < 0 || it.compareTo(LONGEST_USAGE_INTERVAL) > 0)
                .ifPresent(it -> problems.add("usage.interval " + it + ": expected 100ms to 1h, such as 10s, or none"));
        if (usageRetention.compareTo(SHORTEST_USAGE_RETENTION) < 0
                || usageRetention.compareTo(LONGEST_USAGE_RETENTION) > 0) {
            problems.add("usage.retention " + usageRetention + ": expected 1d to 36500d, such as 90d");
        }
        if (usageInterval.isEmpty() && set.contains("usage.retention")) {
            problems.add("usage.retention is set, and usage.interval is none");
        }
    }

    /** A place that is read twice would show two credentials in every request that has one there. */
    private void addCredentialProblems(List<String> problems) {
        Set<String> places = new HashSet<>();
        for (CredentialSource source : credentials) {
            String place = source.headerName() + " (" + source.scheme() + ")";
            if (!places.add(place.toLowerCase(Locale.ROOT))) {
                problems.add("credentials: " + place + " is named twice");
            }
        }
    }

    private void addPrefixProblems(List<String> problems) {
        if (prefixes.stream().anyMatch(prefix -> prefix.text().equals(KeyPrefix.SIGNING))
                || imports.stream().anyMatch(format -> format.prefix().equals(KeyPrefix.SIGNING))) {
            problems.add("prefix '" + KeyPrefix.SIGNING + "' stands for keys that sign: expected another one");
        }
        try {
            KeyFormat.requireUnambiguous(prefixes);
        } catch (IllegalArgumentException ambiguous) {
            problems.add("key.prefixes: " + ambiguous.getMessage());
        }
        Set<String> known = knownEnvironments();
        for (KeyEnvironment environment : environments) {
            if (!known.contains(environment.name())) {
                problems.add("environments: no prefix is of environment '" + environment + "'; there are " + known);
            }
        }
    }

    private void addRuleProblems(List<String> problems, Rule rule) {
        String name = "rule '" + rule.name() + "': ";
        if (scopes.isPresent()) {
            Set<KeyScope> unknown = new TreeSet<>(rule.scopes());
            unknown.removeAll(scopes.get().scopes());
            if (!unknown.isEmpty()) {
                problems.add(name + "demands " + unknown + ", which scopes does not declare");
            }
        }
        if (rule.limit().isPresent() && !ruleLimits.containsKey(rule.limit().get())) {
            problems.add(name + "names the limit '" + rule.limit().get() + "', which is not among the limits "
                    + ruleLimits.keySet());
        }
        for (Plan plan : plans.values()) {
            plan.limits().forEach(limit -> addCostProblem(problems, rule, limit));
        }
        rule.limit().map(ruleLimits::get).ifPresent(limit -> addCostProblem(problems, rule, limit));
    }

    private static void addCostProblem(List<String> problems, Rule rule, RateLimit limit) {
        if (rule.cost() > limit.capacity()) {
            problems.add("rule '" + rule.name() + "': cost " + rule.cost() + " is more than limit '" + limit.name()
                    + "' ever admits at once (" + limit.capacity() + ")");
            return;
        }
        for (KeyEnvironment environment : limit.shares()) {
            long capacity = limit.in(environment).capacity();
            if (rule.cost() > capacity) {
                problems.add("rule '" + rule.name() + "': cost " + rule.cost() + " is more than the share of '"
                        + environment + "' in limit '" + limit.name() + "' ever admits at once (" + capacity + ")");
            }
        }
    }

    private void addShareProblems(List<String> problems, RateLimit limit) {
        Set<String> known = knownEnvironments();
        limit.shares().stream()
                .map(KeyEnvironment::name)
                .filter(environment -> !known.isEmpty() && !known.contains(environment))
                .sorted()
                .forEach(environment -> problems.add("limit '" + limit.name() + "': no prefix is of environment '"
                        + environment + "', which has a share of it; there are " + known));
    }

    /**
     * Checks everything and begins to follow the store.
     *
     * @throws InvalidConfigurationException                 with every problem there is
     * @throws IllegalStateException                         if Argon2id is wanted and cannot be had, or none of the
     *                                                       secrets stored last can be judged by the hashers; damaged
     *                                                       ones by themselves are a warning
     * @throws dev.keystile.key.UnavailableException if the store cannot be read
     */
    public Keystile build() {
        List<String> problems = problems();
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        if (hintsOpener == null) {
            return build(store);
        }
        ChangeHints hints = hintsOpener.get();
        try {
            return build(KeyStore.hintedBy(hints, store));
        } catch (RuntimeException failure) {
            hints.close();
            throw failure;
        }
    }

    private Keystile build(KeyStore over) {
        if (limiterOpener == null) {
            return new Keystile(this, over, limiter.orElseGet(() -> RateLimiter.inMemory(time, 1_000_000)));
        }
        RateLimiter opened = limiterOpener.get();
        try {
            List<String> uncountable = opened.problems(countedLimits());
            if (!uncountable.isEmpty()) {
                throw new InvalidConfigurationException(uncountable);
            }
            return new Keystile(this, over, opened);
        } catch (RuntimeException failure) {
            opened.close();
            throw failure;
        }
    }

    /** All that a limiter will be asked about. */
    private List<RateLimit> countedLimits() {
        return Stream.concat(
                        plans.values().stream().flatMap(plan -> plan.limits().stream()), ruleLimits.values().stream())
                .toList();
    }

    /**
     * Takes what concerns keys, scopes and plans, for a process that manages keys and serves no requests. Of rules, only the
     * scopes are looked at that they name, and only where no scopes are set. Reads and starts nothing.
     *
     * @throws InvalidConfigurationException with every problem there is
     */
    public KeyAdministration buildAdministration() {
        List<String> problems = administrationProblems();
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        return new KeyAdministration(this);
    }

    KeyStore store() {
        return store;
    }

    TimeSource time() {
        return time;
    }

    ScopePolicy policy() {
        return rules.orElseThrow();
    }

    List<DecisionListener> listeners() {
        return List.copyOf(listeners);
    }

    Set<String> issuers() {
        return issuers;
    }

    Optional<FailureLimiter> failures() {
        return failureLimit.map(
                limit -> new FailureLimiter(limit, time, failureAddresses.orElse(DEFAULT_FAILURE_ADDRESSES)));
    }

    Optional<Duration> expiryNotice() {
        return expiryNotice.or(() -> expiryListeners.isEmpty() ? Optional.empty() : Optional.of(DEFAULT_NOTICE));
    }

    /** Begins to record how keys are used; null where that is not wanted, or the store does not keep it. */
    @Nullable UsageRecorder usage() {
        UsageStore kept = store.usage();
        return usageInterval.isEmpty() || kept.equals(UsageStore.none())
                ? null
                : new UsageRecorder(kept, time, usageInterval.get(), usageRetention, UsageRecorder.Bounds.USUAL);
    }

    TrustedProxies trustedProxies() {
        return trustedProxies;
    }

    AnswerFormat answers() {
        return new AnswerFormat(realm, credentials, headers, errors, corsOrigins, retryAfter);
    }

    KeyFormat format() {
        return new KeyFormat(prefixes, hashers.isEmpty() ? List.of(KeyHasher.argon2id()) : hashers);
    }

    ScopeCatalog catalog() {
        return scopes.orElseGet(() -> {
            ScopeCatalog.Builder named = ScopeCatalog.builder();
            rules.ifPresent(
                    policy -> policy.rules().forEach(rule -> rule.scopes().forEach(named::scope)));
            return named.build();
        });
    }

    Set<String> planNames() {
        return Set.copyOf(plans.keySet());
    }

    Callers callers() {
        return new Callers(
                catalog(),
                Map.copyOf(plans),
                Map.copyOf(ruleLimits),
                defaultPlan.map(plans::get),
                trustedProxies,
                ConcurrentHashMap.newKeySet());
    }

    KeyVerifier.Builder verifier(KeyStore over, KeyFormat format) {
        KeyVerifier.Builder verifier = KeyVerifier.builder(over, format).time(time);
        formats.forEach(verifier::format);
        verifier.imports(imports);
        importedHasher.ifPresent(verifier::importedHasher);
        cacheSize.ifPresent(verifier::capacity);
        maxAges.forEach(verifier::maxAge);
        defaultAges.forEach(verifier::defaultAge);
        expiryNotice().ifPresent(notice -> verifier.expiryNotice(notice, expiryListeners));
        if (!environments.isEmpty()) {
            verifier.serving(environments);
        }
        return verifier;
    }
}
