package dev.keystile.config;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.KeystileBuilder;
import dev.keystile.http.CredentialSource;
import dev.keystile.key.Argon2Cost;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** The settings of keys: {@code key.*}, {@code credentials}, {@code environments}. */
record KeySettings(SettingValues values) {

    private static final String IMPORTED_COST = "key.imported-argon2-cost";

    /** The settings that say how secrets are stored. */
    static final Set<String> HASHING = Set.of("key.hash", "key.pepper", "key.argon2-cost", IMPORTED_COST);

    private static final String ARGON2ID = "argon2id";
    private static final String HMAC_SHA256 = "hmac-sha256";

    /** Adds all of them. */
    void addTo(KeystileBuilder builder) {
        addHashers(builder);
        addAllButHashing(builder);
    }

    /** Adds all but those of {@link #HASHING}. */
    void addAllButHashing(KeystileBuilder builder) {
        boolean prefixesRead = addPrefixes(builder);
        new ImportSettings(values).addTo(builder);
        values.set("key.cache-size", () -> builder.cacheSize(SettingValues.number(values.text("key.cache-size"))));
        addAges("key.max-age", prefixesRead, builder::maxAge);
        addAges("key.default-age", prefixesRead, builder::defaultAge);
        values.set(
                "key.expiry-notice",
                () -> builder.expiryNotice(SettingValues.duration(values.text("key.expiry-notice"))));
        values.set(
                "key.issuers", () -> builder.issuers(values.list("key.issuers").toArray(String[]::new)));
        values.set(
                "credentials",
                () -> builder.credentials(values.list("credentials").stream()
                        .map(KeySettings::credential)
                        .toArray(CredentialSource[]::new)));
        values.set("environments", () -> {
            KeyEnvironment[] served = values.list("environments").stream()
                    .map(KeyEnvironment::new)
                    .toArray(KeyEnvironment[]::new);
            if (prefixesRead) {
                builder.environments(served);
            }
        });
    }

    /** Whether every entry could be read; if not, something stands in for the table. */
    private boolean addPrefixes(KeystileBuilder builder) {
        List<String> entries = values.list("key.prefixes");
        KeyPrefix[] prefixes = entries.stream()
                .map(entry -> values.attempt("key.prefixes", () -> prefix(entry)))
                .flatMap(Optional::stream)
                .toArray(KeyPrefix[]::new);
        boolean read = prefixes.length == entries.size() && !values.isUnresolved("key.prefixes");
        builder.prefixes(read ? prefixes : new KeyPrefix[] {KeyPrefix.secret("unread_", KeyEnvironment.LIVE)});
        return read;
    }

    /** @param prefixesRead whether it is known which environments there are */
    private void addAges(String name, boolean prefixesRead, BiConsumer<KeyEnvironment, Duration> option) {
        for (String entry : values.list(name)) {
            values.attempt(name, () -> {
                List<String> words = List.of(entry.split("\\s+"));
                if (words.size() != 2) {
                    throw new IllegalArgumentException(
                            "'" + entry + "': expected <environment> <duration>, such as live 365d");
                }
                KeyEnvironment environment = new KeyEnvironment(words.get(0));
                Duration age = SettingValues.duration(words.get(1));
                if (prefixesRead) {
                    option.accept(environment, age);
                }
                return entry;
            });
        }
    }

    private static KeyPrefix prefix(String entry) {
        List<String> words = List.of(entry.split("\\s+"));
        if (words.size() < 3) {
            throw new IllegalArgumentException(
                    "'" + entry + "': expected <prefix> <kind> <environment>, such as acme_live_ secret live");
        }
        KeyKind kind = KeyKind.ofWord(words.get(1))
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + entry + "': kind '" + words.get(1) + "': expected secret or publishable"));
        KeyPrefix prefix = new KeyPrefix(words.get(0), kind, new KeyEnvironment(words.get(2)), 0, false);
        for (String option : words.subList(3, words.size())) {
            prefix = withOption(prefix, entry, option);
        }
        return prefix;
    }

    private static KeyPrefix withOption(KeyPrefix prefix, String entry, String option) {
        if (option.equals("retired")) {
            return prefix.retire();
        }
        if (option.startsWith("version=") && prefix.version() == 0) {
            return prefix.withVersion(SettingValues.number(option.substring("version=".length())));
        }
        throw new IllegalArgumentException(
                "'" + entry + "': option '" + option + "': expected retired or version=<number>");
    }

    private static CredentialSource credential(String entry) {
        List<String> words = List.of(entry.split("\\s+"));
        return switch (words.get(0)) {
            case "bearer" -> only(entry, words, CredentialSource.bearer());
            case "basic" -> only(entry, words, CredentialSource.basic());
            case "authorization" -> only(entry, words, CredentialSource.authorization());
            case "header" -> {
                if (words.size() != 2) {
                    throw new IllegalArgumentException(
                            "'" + entry + "': expected header <name>, such as header x-api-key");
                }
                yield CredentialSource.header(words.get(1));
            }
            case "scheme" -> {
                if (words.size() != 2) {
                    throw new IllegalArgumentException(
                            "'" + entry + "': expected scheme <name>, such as scheme Api-Key");
                }
                yield CredentialSource.scheme(words.get(1));
            }
            default ->
                throw new IllegalArgumentException(
                        "'" + entry + "': expected bearer, basic, authorization, scheme <name> or header <name>");
        };
    }

    private static CredentialSource only(String entry, List<String> words, CredentialSource source) {
        if (words.size() != 1) {
            throw new IllegalArgumentException("'" + entry + "': expected '" + words.get(0) + "' alone");
        }
        return source;
    }

    private void addHashers(KeystileBuilder builder) {
        if (values.isGiven(builder, "hashers", HASHING.toArray(String[]::new))) {
            return;
        }
        List<KeyHasher> hashers = hashers();
        if (!hashers.isEmpty()) {
            builder.hashers(hashers.toArray(KeyHasher[]::new));
        }
        // Read also where it does not count.
        Optional<Argon2Cost> cost = values.isSet(IMPORTED_COST)
                ? values.attempt(IMPORTED_COST, () -> Argon2Cost.parse(values.text(IMPORTED_COST)))
                : Optional.empty();
        if (values.textOr("key.hash", ARGON2ID).equals(ARGON2ID)) {
            cost.flatMap(it -> values.attempt(IMPORTED_COST, () -> KeyHasher.argon2id(it)))
                    .ifPresent(builder::importedHasher);
        }
    }

    /** That of new secrets first; none where there is a problem. */
    private List<KeyHasher> hashers() {
        String algorithm = values.textOr("key.hash", ARGON2ID);
        Optional<KeyHasher> peppered = values.isSet("key.pepper")
                ? values.attempt(
                        "key.pepper",
                        () -> KeyHasher.hmacSha256(values.text("key.pepper").getBytes(StandardCharsets.UTF_8)))
                : Optional.empty();
        // Read also where it does not count, for a mistake in it is one all the same.
        Argon2Cost cost = values.isSet("key.argon2-cost")
                ? values.attempt("key.argon2-cost", () -> Argon2Cost.parse(values.text("key.argon2-cost")))
                        .orElse(Argon2Cost.MINTED)
                : Argon2Cost.MINTED;
        switch (algorithm) {
            case ARGON2ID -> {
                return values.attempt("key.hash", () -> KeyHasher.argon2id(cost))
                        .map(argon2id ->
                                peppered.map(it -> List.of(argon2id, it)).orElse(List.of(argon2id)))
                        .orElse(List.of());
            }
            case HMAC_SHA256 -> {
                if (!values.isSet("key.pepper") && !values.isUnresolved("key.pepper")) {
                    values.problem("key.hash = hmac-sha256 needs key.pepper: expected at least 32 bytes, such as"
                            + " ${KEYSTILE_PEPPER}");
                }
                // For digests stored before. Whoever sets another algorithm may have done so for want of the library.
                return peppered.map(it -> List.of(it, new HasherOnDemand(ARGON2ID, KeyHasher::argon2id)))
                        .orElse(List.of());
            }
            default -> {
                values.problem("key.hash: '" + algorithm + "': expected argon2id or hmac-sha256");
                return List.of();
            }
        }
    }

    /**
     * Hashers whose settings are read when one is first needed.
     *
     * @param newest the algorithm of new secrets, as it is set
     * @param later  reads the settings {@link #HASHING} names
     */
    static List<KeyHasher> hashersOnDemand(String newest, Supplier<SettingValues> later) {
        KeyHasher argon2id = new HasherOnDemand(ARGON2ID, () -> hasher(ARGON2ID, later.get()));
        KeyHasher hmac = new HasherOnDemand(HMAC_SHA256, () -> hasher(HMAC_SHA256, later.get()));
        return newest.equals(HMAC_SHA256) ? List.of(hmac, argon2id) : List.of(argon2id, hmac);
    }

    private static KeyHasher hasher(String algorithm, SettingValues values) {
        List<KeyHasher> hashers = new KeySettings(values).hashers();
        if (!values.problems().isEmpty()) {
            throw new InvalidConfigurationException(values.problems());
        }
        return hashers.stream()
                .filter(it -> it.algorithm().equals(algorithm))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("a secret is stored by " + algorithm
                        + ", and key.pepper is not set: expected what it was made with"));
    }
}
