package dev.keystile.playground;

import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeyScope;
import dev.keystile.key.NewKey;
import dev.keystile.key.UnavailableException;
import dev.keystile.playground.members.DemoMembers;
import dev.keystile.scope.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Issues the keys of a start. */
final class Issuer {

    /** Whose keys they are. */
    static final String ACCOUNT = DemoMembers.ACCOUNT;

    private static final Actor PLAYGROUND = new Actor.Operator("playground");
    private static final String ATTRIBUTES = "playground.attributes";
    private static final String READ = "playground.read";
    private static final String PUBLIC = "public";

    private final Keystile keystile;
    private final Map<String, String> settings;
    private final Map<String, String> attributes;
    private final SigningKeys signingKeys;

    /**
     * Issues into a folder what belongs into files.
     *
     * @param settings those of the contract, {@code playground.*} among them
     */
    Issuer(Keystile keystile, Map<String, String> settings, Path folder) throws StartRefusedException {
        this.keystile = keystile;
        this.settings = settings;
        this.signingKeys = new SigningKeys(settings, folder);
        this.attributes = attributesOf(settings);
    }

    /** What the keys of a contract carry for rules that bind to it. */
    static Map<String, String> attributesOf(Map<String, String> settings) throws StartRefusedException {
        Map<String, String> attributes = new LinkedHashMap<>();
        for (String entry : list(settings.getOrDefault(ATTRIBUTES, ""))) {
            int equals = entry.indexOf('=');
            if (equals < 1) {
                throw StartRefusedException.failed(
                        ATTRIBUTES + ": '" + entry + "': expected <name>=<value>, such as project=proj_1");
            }
            attributes.put(
                    entry.substring(0, equals).strip(),
                    entry.substring(equals + 1).strip());
        }
        return attributes;
    }

    private static List<String> list(String text) {
        return text.isBlank()
                ? List.of()
                : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    /** Those of every start, for each environment one that may do everything and one that may only read. */
    List<WantedKey> usual() throws StartRefusedException {
        Set<KeyScope> declared = keystile.scopes().scopes();
        Set<KeyScope> read = readScopes(declared);
        return environments().stream()
                .flatMap(environment -> List.of(
                        new WantedKey("all", environment, declared, Optional.empty()),
                        new WantedKey("read", environment, read, Optional.empty()))
                        .stream())
                .toList();
    }

    /** Where the contract has keys that may be shipped in apps: one of each of their prefixes. */
    List<WantedKey> publishable() {
        Set<KeyEnvironment> named = new HashSet<>();
        List<WantedKey> wanted = new ArrayList<>();
        for (KeyPrefix prefix : mintable()) {
            if (prefix.kind() == KeyKind.PUBLISHABLE) {
                String name = named.add(prefix.environment()) ? PUBLIC : PUBLIC + "-" + stem(prefix.text());
                wanted.add(new WantedKey(
                        name,
                        prefix.environment(),
                        keystile.scopes().scopes(),
                        Optional.empty(),
                        Optional.of(prefix.text())));
            }
        }
        return wanted;
    }

    private static String stem(String prefix) {
        return prefix.replaceAll("[^0-9A-Za-z]+$", "").replaceAll("[^0-9A-Za-z]+", "-");
    }

    /** One more that may do everything. */
    WantedKey another(String name, KeyEnvironment environment) {
        return new WantedKey(name, environment, keystile.scopes().scopes(), Optional.empty());
    }

    /** Whether the contract serves the environment of a key. */
    boolean isServed(HeldKey key) {
        String served = settings.getOrDefault("environments", "");
        return served.isBlank() || list(served).contains(key.key().environment().name());
    }

    /** The environments for which keys are made: in the order of the prefix table, then those whose keys sign. */
    Set<KeyEnvironment> environments() {
        Set<KeyEnvironment> environments =
                mintable().stream().map(KeyPrefix::environment).collect(Collectors.toCollection(LinkedHashSet::new));
        environments.addAll(keystile.keyManager().signingEnvironments());
        return environments;
    }

    private List<KeyPrefix> mintable() {
        return keystile.keyFormat().prefixes().stream()
                .filter(prefix -> !prefix.retired())
                .toList();
    }

    private Set<KeyScope> readScopes(Set<KeyScope> declared) throws StartRefusedException {
        if (!settings.containsKey(READ)) {
            return declared.stream()
                    .filter(scope -> scope.value().endsWith(":read"))
                    .findFirst()
                    .map(Set::of)
                    .orElse(Set.of());
        }
        try {
            return list(settings.getOrDefault(READ, "")).stream()
                    .map(KeyScope::new)
                    .collect(Collectors.toSet());
        } catch (IllegalArgumentException unreadable) {
            throw StartRefusedException.failed(READ + ": " + unreadable.getMessage());
        }
    }

    /** Issues keys, in this order; the list can be added to. */
    List<HeldKey> issue(List<WantedKey> wanted) throws StartRefusedException {
        List<HeldKey> issued = new ArrayList<>();
        for (WantedKey each : wanted) {
            issued.add(issue(each));
        }
        return issued;
    }

    /** Issues a key for the playground's account. */
    HeldKey issue(WantedKey wanted) throws StartRefusedException {
        String what = "the key '" + wanted.name() + "' of " + wanted.environment() + " is not issued: ";
        if (!environments().contains(wanted.environment())) {
            throw StartRefusedException.usage(what + "expected one of the environments " + environments());
        }
        NewKey.Builder key =
                NewKey.of(ACCOUNT, wanted.name(), wanted.environment()).scopes(wanted.scopes());
        mintable().stream()
                .filter(it -> it.environment().equals(wanted.environment()))
                .filter(it -> wanted.prefix().map(it.text()::equals).orElse(true))
                .min(Comparator.comparing(it -> it.kind() == KeyKind.SECRET ? 0 : 1))
                .ifPresentOrElse(
                        prefix -> key.kind(prefix.kind()).prefix(prefix.text()).version(version(prefix)), key::signing);
        attributes.forEach(key::attribute);
        wanted.plan().ifPresent(key::plan);
        try {
            IssuedKey issued = keystile.keyManager().issue(key.build(), PLAYGROUND);
            return new HeldKey(
                    issued.key(),
                    keystile.scopes().effective(issued.key()),
                    issued.key().signs() ? signingKeys.save(issued, keystile.now()) : issued.revealOnce());
        } catch (KeyRefusedException | UnavailableException refused) {
            throw StartRefusedException.failed(what + refused.getMessage());
        }
    }

    /** Of those that sign, where their private halves are and what their tokens have to say. */
    List<String> signingLines(List<HeldKey> keys) {
        return keys.stream()
                .map(HeldKey::key)
                .filter(ApiKey::signs)
                .map(signingKeys::line)
                .toList();
    }

    /** Where the prefix leaves it open, the version that the rules ask for, so that the keys open something. */
    private int version(KeyPrefix prefix) {
        return prefix.version() != 0
                ? prefix.version()
                : keystile.policy().rules().stream()
                        .mapToInt(Rule::version)
                        .filter(version -> version != 0)
                        .findFirst()
                        .orElse(0);
    }
}
