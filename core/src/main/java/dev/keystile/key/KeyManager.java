package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Issues, lists, rotates, disables and revokes keys, within what the {@link Actor} may do.
 *
 * <p>Whatever it changed holds on this node from the next request on. Every method throws {@link KeyRefusedException} if
 * the change is not allowed or not possible, and {@link UnavailableException} if the store could not tell; the key is then
 * as it was, or, where the connection broke at the commit, as it was to be.
 *
 * <p>Safe for use by many threads.
 */
public final class KeyManager {

    /** Drawing an id that exists has a chance of one in 10^21 a key. */
    private static final int ISSUE_ATTEMPTS = 3;

    private static final int REVOKE_ATTEMPTS = 10;
    /** Each of two secrets is stored anew once. */
    private static final int CHANGE_ATTEMPTS = 3;

    private static final Duration LONGEST_OVERLAP = Duration.ofDays(366);

    private final KeyStore store;
    private final KeyFormat format;
    private final ScopeCatalog catalog;
    private final Set<String> plans;
    private final Set<String> issuers;
    private final TimeSource time;
    private final Consumer<KeyId> changed;

    KeyManager(
            KeyStore store,
            KeyFormat format,
            ScopeCatalog catalog,
            Set<String> plans,
            Set<String> issuers,
            TimeSource time,
            Consumer<KeyId> changed) {
        this.store = store;
        this.format = format;
        this.catalog = catalog;
        this.plans = Set.copyOf(plans);
        this.issuers = Set.copyOf(issuers);
        this.time = time;
        this.changed = changed;
    }

    /**
     * Issues a key.
     *
     * @return the key, with the one chance to see its text
     */
    public IssuedKey issue(NewKey wanted, Actor actor) {
        requireManages(actor, wanted.account());
        requireMayGrant(actor, wanted.scopes(), wanted.roles(), wanted.plan(), wanted.attributes());
        KeyPrefix prefix = prefixFor(wanted);
        Instant now = now();
        requireSensible(wanted, now);
        for (int attempt = 1; ; attempt++) {
            KeyId id = format.drawId();
            String text = format.mint(prefix.text(), id);
            ApiKey key = describe(wanted, actor, prefix, id, format.digest(text, 1, now));
            try {
                return new IssuedKey(apply(KeyAction.ISSUE, key, actor, now), text);
            } catch (KeyRefusedException taken) {
                if (taken.reason() != KeyRefusedException.Reason.CONFLICT || attempt == ISSUE_ATTEMPTS) {
                    throw taken;
                }
            }
        }
    }

    private ApiKey describe(NewKey wanted, Actor actor, KeyPrefix prefix, KeyId id, KeySecret secret) {
        ApiKey.Builder key = ApiKey.builder(id, wanted.account(), wanted.name(), prefix, secret)
                .scopes(wanted.scopes())
                .roles(wanted.roles())
                .attributes(wanted.attributes())
                .createdBy(actor.label());
        if (wanted.version() != 0) {
            key.version(wanted.version());
        }
        wanted.plan().ifPresent(key::plan);
        wanted.expiresAt().ifPresent(key::expiresAt);
        if (actor instanceof Actor.Member member && !wanted.serviceOwned()) {
            key.member(member.id());
        }
        try {
            return key.build();
        } catch (IllegalArgumentException outOfBounds) {
            throw KeyRefusedException.invalid(String.valueOf(outOfBounds.getMessage()));
        }
    }

    private KeyPrefix prefixFor(NewKey wanted) {
        List<KeyPrefix> fitting = format.prefixes().stream()
                .filter(it -> !it.retired())
                .filter(it -> it.kind() == wanted.kind() && it.environment().equals(wanted.environment()))
                .filter(it -> it.version() == 0 || wanted.version() == 0 || it.version() == wanted.version())
                .filter(it -> wanted.prefix().map(it.text()::equals).orElse(true))
                .toList();
        if (fitting.isEmpty()) {
            throw KeyRefusedException.invalid("no prefix is minted for "
                    + wanted.kind().word() + " keys of environment " + wanted.environment()
                    + wanted.prefix().map(it -> " that begin with " + it).orElse(""));
        }
        if (fitting.size() > 1) {
            throw KeyRefusedException.invalid("several prefixes fit, name one: "
                    + fitting.stream().map(KeyPrefix::text).toList());
        }
        return fitting.get(0);
    }

    private void requireSensible(NewKey wanted, Instant now) {
        Set<KeyScope> unknown = new TreeSet<>(wanted.scopes());
        unknown.removeAll(catalog.scopes());
        if (!unknown.isEmpty()) {
            throw KeyRefusedException.invalid("scopes " + unknown + " are not declared");
        }
        Set<String> unknownRoles = new TreeSet<>(wanted.roles());
        unknownRoles.removeAll(catalog.roles().keySet());
        if (!unknownRoles.isEmpty()) {
            throw KeyRefusedException.invalid("roles " + unknownRoles + " are not declared");
        }
        if (wanted.plan().isPresent() && !plans.contains(wanted.plan().get())) {
            throw KeyRefusedException.invalid(
                    "there is no plan '" + wanted.plan().get() + "'");
        }
        if (wanted.expiresAt().isPresent() && !wanted.expiresAt().get().isAfter(now)) {
            throw KeyRefusedException.invalid(
                    "the key would have expired at " + wanted.expiresAt().get());
        }
    }

    /**
     * Gives a key a new secret; id, scopes, plan and budget stay. The secret before it goes on working for the overlap,
     * never past the key's expiry; the one before that, if it still works, ends now.
     *
     * @param overlap zero to 366 days; zero ends the old secret at once
     */
    public IssuedKey rotate(KeyId id, Duration overlap, Actor actor) {
        if (overlap.isNegative()) {
            throw KeyRefusedException.invalid("an overlap of " + overlap + " is negative");
        }
        if (overlap.compareTo(LONGEST_OVERLAP) > 0) {
            throw KeyRefusedException.invalid("an overlap of " + overlap + " is more than 366 days");
        }
        return change(id, actor, key -> rotate(key, overlap, actor));
    }

    private IssuedKey rotate(ApiKey key, Duration overlap, Actor actor) {
        requireIssuer(actor);
        // Whoever rotates a key sees its new secret, and could do all that the key may.
        requireMayGrant(actor, key.scopes(), key.roles(), Optional.empty(), key.attributes());
        requireNotRevoked(key);
        requireMinted(key);
        Instant now = now();
        if (key.expiresAt().map(end -> !end.isAfter(now)).orElse(false)) {
            throw KeyRefusedException.invalid("key " + key.id() + " has expired");
        }
        KeySecret old = key.newestSecret();
        String text = format.mint(key.prefix(), key.id());
        List<KeySecret> secrets = new ArrayList<>();
        if (!overlap.isZero()) {
            Instant end = now.plus(overlap);
            secrets.add(old.endingAt(
                    key.expiresAt().filter(expiry -> expiry.isBefore(end)).orElse(end)));
        }
        secrets.add(format.digest(text, old.number() + 1, now));
        ApiKey rotated = key.toBuilder().secrets(secrets).build();
        return new IssuedKey(apply(KeyAction.ROTATE, rotated, actor, now), text);
    }

    /** Ends a key for ever, with all its secrets. Ending it again changes nothing. A key may do this to itself. */
    public ApiKey revoke(KeyId id, Actor actor) {
        ApiKey key = readFor(actor, id);
        if (!(actor instanceof Actor.Key)) {
            requireIssuer(actor);
        }
        return end(key, actor);
    }

    /** @param read as it was read; what became of it since is read again */
    private ApiKey end(ApiKey read, Actor actor) {
        ApiKey key = read;
        for (int attempt = 1; key.revokedAt().isEmpty(); attempt++) {
            Instant now = now();
            try {
                return apply(KeyAction.REVOKE, key.toBuilder().revokedAt(now).build(), actor, now);
            } catch (KeyRefusedException changedMeanwhile) {
                if (changedMeanwhile.reason() != KeyRefusedException.Reason.CONFLICT || attempt == REVOKE_ATTEMPTS) {
                    throw changedMeanwhile;
                }
                key = readFor(actor, key.id());
            }
        }
        return key;
    }

    /**
     * {@linkplain #revoke Revokes} all keys of an account that go with one {@linkplain ApiKey#member() member}, of every
     * environment, disabled ones and those in rotation too: for when the member leaves.
     *
     * <p>Keys that are {@linkplain NewKey#serviceOwned() service-owned} or were issued by an operator go with no member,
     * and stay.
     *
     * <p>Every key that was issued before the call is revoked when it returns. One that the member issues at the same
     * moment may stay: take away the role that lets them issue keys first, and call this again when the requests that
     * had begun by then have ended.
     *
     * <p>Each key is a change of its own, and holds at once. When this throws {@link UnavailableException}, or {@link
     * KeyRefusedException} with {@link KeyRefusedException.Reason#CONFLICT}, some keys may be revoked; call it again for
     * the rest. Once none is left it changes nothing.
     *
     * @param actor an operator, or a member of that account who may revoke its keys
     * @return the keys that were not revoked before, newest first
     */
    public List<KeyId> revokeByMember(String account, String member, Actor actor) {
        return revokeAll(KeyQuery.ofAccount(account).ofMember(member), actor);
    }

    /**
     * {@linkplain #revoke Revokes} all keys of an account, of every environment, service-owned ones too: for when the
     * account leaves.
     *
     * <p>What {@link #revokeByMember} says of keys that are issued at the same moment, of failures and of calling it again
     * is true here as well.
     *
     * @param actor an operator, or a member of that account who may revoke its keys
     * @return the keys that were not revoked before, newest first
     */
    public List<KeyId> revokeByAccount(String account, Actor actor) {
        return revokeAll(KeyQuery.ofAccount(account), actor);
    }

    private List<KeyId> revokeAll(KeyQuery all, Actor actor) {
        requireManages(actor, all.account());
        List<KeyId> ended = new ArrayList<>();
        KeyQuery query = all.limit(KeyQuery.MAX_LIMIT);
        KeyPage page;
        do {
            page = store.list(query);
            for (ApiKey key : page.keys()) {
                if (key.revokedAt().isEmpty()) {
                    end(key, actor);
                    ended.add(key.id());
                }
                query = query.after(key);
            }
        } while (page.more());
        return List.copyOf(ended);
    }

    /** Makes a key open nothing until it is enabled again. Disabling it again changes nothing. */
    public ApiKey disable(KeyId id, Actor actor) {
        return change(id, actor, key -> {
            requireIssuer(actor);
            requireNotRevoked(key);
            if (key.disabledAt().isPresent()) {
                return key;
            }
            Instant now = now();
            return apply(KeyAction.DISABLE, key.toBuilder().disabledAt(now).build(), actor, now);
        });
    }

    /**
     * Lets a disabled key work again. Enabling it again changes nothing. As it gives back what the key may, a member must be
     * allowed to grant that.
     */
    public ApiKey enable(KeyId id, Actor actor) {
        return change(id, actor, key -> {
            requireIssuer(actor);
            requireMayGrant(actor, key.scopes(), key.roles(), Optional.empty(), key.attributes());
            requireNotRevoked(key);
            if (key.disabledAt().isEmpty()) {
                return key;
            }
            return apply(KeyAction.ENABLE, key.toBuilder().enabled().build(), actor, now());
        });
    }

    /** One page of an account's keys, newest first. A member sees those of the own account only. */
    public KeyPage list(KeyQuery query, Actor actor) {
        if (actor instanceof Actor.Key) {
            throw KeyRefusedException.forbidden("a key cannot list keys");
        }
        if (actor instanceof Actor.Member member && !member.account().equals(query.account())) {
            throw KeyRefusedException.forbidden("member " + member.id() + " acts for another account");
        }
        return store.list(query);
    }

    /** The key of this id, if there is one that the actor may see. */
    public Optional<ApiKey> find(KeyId id, Actor actor) {
        return store.find(id).filter(key -> maySee(actor, key));
    }

    private ApiKey readFor(Actor actor, KeyId id) {
        return find(id, actor).orElseThrow(() -> KeyRefusedException.notFound(id));
    }

    private static boolean maySee(Actor actor, ApiKey key) {
        if (actor instanceof Actor.Member member) {
            return member.account().equals(key.account());
        }
        if (actor instanceof Actor.Key self) {
            return self.id().equals(key.id());
        }
        return true;
    }

    private void requireManages(Actor actor, String account) {
        requireIssuer(actor);
        if (actor instanceof Actor.Member member && !member.account().equals(account)) {
            throw KeyRefusedException.forbidden("member " + member.id() + " acts for another account");
        }
    }

    private void requireIssuer(Actor actor) {
        if (actor instanceof Actor.Key) {
            throw KeyRefusedException.forbidden("a key may revoke itself and nothing else");
        }
        if (actor instanceof Actor.Member member
                && member.memberRoles().stream().noneMatch(issuers::contains)) {
            throw KeyRefusedException.forbidden(
                    "member " + member.id() + " has none of the roles " + new TreeSet<>(issuers));
        }
    }

    private void requireMayGrant(
            Actor actor,
            Set<KeyScope> scopes,
            Set<String> roles,
            Optional<String> plan,
            Map<String, String> attributes) {
        if (!(actor instanceof Actor.Member member)) {
            return;
        }
        Grants grants = member.grants();
        List<String> excess = new ArrayList<>();
        Set<KeyScope> excessScopes = new TreeSet<>(catalog.implied(scopes));
        excessScopes.removeAll(catalog.implied(grants.scopes()));
        if (!excessScopes.isEmpty()) {
            excess.add("scopes " + excessScopes);
        }
        Set<String> excessRoles = new TreeSet<>(roles);
        excessRoles.removeAll(grants.roles());
        if (!excessRoles.isEmpty()) {
            excess.add("roles " + excessRoles);
        }
        plan.filter(name -> !grants.plans().contains(name)).ifPresent(name -> excess.add("plan " + name));
        attributes.forEach((attribute, value) -> {
            if (!grants.attributes().getOrDefault(attribute, Set.of()).contains(value)) {
                excess.add("attribute " + attribute + " of this value");
            }
        });
        if (!excess.isEmpty()) {
            throw KeyRefusedException.forbidden(
                    "member " + member.id() + " may not grant " + String.join(", ", excess));
        }
    }

    private void requireMinted(ApiKey key) {
        boolean minted = format.prefixes().stream().anyMatch(it -> it.text().equals(key.prefix()) && !it.retired());
        if (!minted) {
            throw KeyRefusedException.invalid("key " + key.id() + " begins with " + key.prefix()
                    + ", which is no longer minted; issue a new key in its place");
        }
    }

    private static void requireNotRevoked(ApiKey key) {
        if (key.revokedAt().isPresent()) {
            throw KeyRefusedException.invalid("key " + key.id() + " is revoked");
        }
    }

    /**
     * Makes a change from what is stored, and makes it anew where nothing came between but that a secret was stored anew: that
     * this library does by itself, perhaps because of the very request that led here. What anybody else did is a conflict.
     */
    private <T> T change(KeyId id, Actor actor, Function<ApiKey, T> change) {
        ApiKey key = readFor(actor, id);
        for (int attempt = 1; ; attempt++) {
            try {
                return change.apply(key);
            } catch (KeyRefusedException conflict) {
                if (conflict.reason() != KeyRefusedException.Reason.CONFLICT || attempt == CHANGE_ATTEMPTS) {
                    throw conflict;
                }
                ApiKey current = readFor(actor, id);
                if (!current.isStoredAnewAs(key)) {
                    throw conflict;
                }
                key = current;
            }
        }
    }

    private ApiKey apply(KeyAction action, ApiKey key, Actor actor, Instant now) {
        try {
            return store.apply(new KeyChange(action, key, actor.label(), now));
        } finally {
            // Also after a failure: a connection may have broken behind the commit.
            changed.accept(key.id());
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(time.currentTimeMillis());
    }
}
