package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Issues, imports, lists, rotates, disables and revokes keys, within what the {@link Actor} may do.
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

    private static final int MOST_IMPORTED = 1_000;
    private static final int REVOKE_ATTEMPTS = 10;
    /** Each of two secrets is stored anew once, an overlap begins once, and an expiry is announced once. */
    private static final int CHANGE_ATTEMPTS = 5;

    private final KeyStore store;
    private final KeyFormat format;
    private final Set<KeyEnvironment> signing;
    private final ScopeCatalog catalog;
    private final Set<String> plans;
    private final ActorRights rights;
    private final KeyAges ages;
    private final KeyImports imports;
    private final TimeSource time;
    private final Verifier verifier;

    /** What judges the same keys in this process. */
    interface Verifier {

        /** Hears of a key that may have been changed. */
        void keyChanged(KeyId id);

        /** Hears of an account that may have been suspended or let in again. */
        void accountChanged(String account);

        /** Whether a secret was used here for the first time, and that is not yet written. */
        boolean knowsUseOf(KeyId id, int secret);
    }

    KeyManager(
            KeyStore store,
            KeyFormat format,
            Set<KeyEnvironment> signing,
            ScopeCatalog catalog,
            Set<String> plans,
            Set<String> issuers,
            KeyAges ages,
            List<ImportFormat> imports,
            TimeSource time,
            Verifier verifier) {
        this.store = store;
        this.format = format;
        this.signing = Collections.unmodifiableSet(new LinkedHashSet<>(signing));
        this.catalog = catalog;
        this.plans = Set.copyOf(plans);
        this.rights = new ActorRights(catalog, issuers);
        this.ages = ages;
        this.imports = new KeyImports(store, imports, format.hashers());
        this.time = time;
        this.verifier = verifier;
    }

    /**
     * Issues a key. Where nobody says when it ends, it ends as late as its environment's default age says, or the maximum
     * where only that is set; it is refused where it would end later than the maximum.
     *
     * <p>Of one that {@linkplain NewKey#signing() signs}, a pair is drawn on the curve P-256: what is shown once is the private
     * half, and what is stored is the public one.
     *
     * @return the key, with the one chance to see its text
     */
    public IssuedKey issue(NewKey wanted, Actor actor) {
        rights.requireManages(actor, wanted.account());
        requireOwner(wanted, actor);
        rights.requireMayGrant(actor, wanted.scopes(), wanted.roles(), wanted.plan(), wanted.attributes());
        KeyPrefix prefix = prefixFor(wanted);
        Instant now = now();
        requireKnown(wanted);
        Optional<Instant> end = ages.endOf(wanted.environment(), wanted.expiresAt(), now);
        for (int attempt = 1; ; attempt++) {
            KeyId id = format.drawId();
            MadeSecret made = make(prefix.text(), id, 1, now);
            ApiKey key = describe(wanted, end, actor, prefix, id, made.stored());
            try {
                return new IssuedKey(apply(KeyAction.ISSUE, key, actor, ChangeDetails.ofNew(key), now), made.text());
            } catch (KeyRefusedException taken) {
                if (taken.reason() != KeyRefusedException.Reason.CONFLICT || attempt == ISSUE_ATTEMPTS) {
                    throw taken;
                }
            }
        }
    }

    /**
     * A new secret, as its owner gets it and as it is stored.
     *
     * <p>Immutable; printing it leaves the text out.
     */
    private record MadeSecret(String text, KeySecret stored) {

        @Override
        public String toString() {
            return "MadeSecret[" + stored + "]";
        }
    }

    private MadeSecret make(String prefix, KeyId id, int number, Instant now) {
        if (prefix.equals(KeyPrefix.SIGNING)) {
            SigningPair pair = SigningPair.draw();
            return new MadeSecret(pair.revealPrivateHalf(), pair.secret(number, now));
        }
        String text = format.mint(prefix, id);
        return new MadeSecret(text, format.digest(text, number, now));
    }

    private static ApiKey describe(
            NewKey wanted, Optional<Instant> end, Actor actor, KeyPrefix prefix, KeyId id, KeySecret secret) {
        ApiKey.Builder key = ApiKey.builder(id, wanted.account(), wanted.name(), prefix, secret)
                .scopes(wanted.scopes())
                .roles(wanted.roles())
                .attributes(wanted.attributes())
                .addresses(wanted.addresses())
                .createdBy(actor.label());
        if (wanted.version() != 0) {
            key.version(wanted.version());
        }
        wanted.plan().ifPresent(key::plan);
        end.ifPresent(key::expiresAt);
        ownerOf(wanted, actor).ifPresent(key::member);
        try {
            return key.build();
        } catch (IllegalArgumentException outOfBounds) {
            throw KeyRefusedException.invalid(String.valueOf(outOfBounds.getMessage()));
        }
    }

    /** The member that a key goes with; none for one that is its account's alone. */
    private static Optional<String> ownerOf(NewKey wanted, Actor actor) {
        if (!(actor instanceof Actor.Member member)) {
            return wanted.member();
        }
        return wanted.serviceOwned() ? Optional.empty() : Optional.of(member.id());
    }

    private KeyPrefix prefixFor(NewKey wanted) {
        if (wanted.signing()) {
            return signingPrefixFor(wanted);
        }
        List<KeyPrefix> fitting = format.prefixes().stream()
                .filter(it -> !it.retired())
                .filter(it -> it.kind() == wanted.kind() && it.environment().equals(wanted.environment()))
                .filter(it -> it.version() == 0 || wanted.version() == 0 || it.version() == wanted.version())
                .filter(it -> wanted.prefix().map(it.text()::equals).orElse(true))
                .toList();
        if (fitting.isEmpty()) {
            throw KeyRefusedException.invalid("no prefix is minted for "
                    + wanted.kind().word() + " keys of environment " + wanted.environment()
                    + wanted.prefix().map(it -> " that begin with " + it).orElse("")
                    + (signing.contains(wanted.environment()) ? "; keys of that environment sign requests" : ""));
        }
        if (fitting.size() > 1) {
            throw KeyRefusedException.invalid("several prefixes fit, name one: "
                    + fitting.stream().map(KeyPrefix::text).toList());
        }
        return fitting.get(0);
    }

    private KeyPrefix signingPrefixFor(NewKey wanted) {
        if (!signing.contains(wanted.environment())) {
            throw KeyRefusedException.invalid("keys of environment " + wanted.environment() + " sign no requests: "
                    + (signing.isEmpty() ? "signing.environments is not set" : "those of " + signing + " do"));
        }
        if (wanted.kind() != KeyKind.SECRET || wanted.prefix().isPresent()) {
            throw KeyRefusedException.invalid("a key that signs is secret, and has no prefix");
        }
        return KeyPrefix.secret(KeyPrefix.SIGNING, wanted.environment());
    }

    private static void requireOwner(NewKey wanted, Actor actor) {
        if (wanted.member().isPresent() && wanted.serviceOwned()) {
            throw KeyRefusedException.invalid("a service-owned key goes with no member");
        }
        if (actor instanceof Actor.Member member
                && wanted.member().filter(it -> !it.equals(member.id())).isPresent()) {
            throw KeyRefusedException.forbidden("member " + member.id() + " may not issue a key for another member");
        }
    }

    private void requireKnown(NewKey wanted) {
        List<String> unknown = unknown(wanted.scopes(), wanted.roles(), wanted.plan());
        if (!unknown.isEmpty()) {
            throw KeyRefusedException.invalid(unknown.get(0));
        }
    }

    /** What of all this is not declared, a sentence each. */
    private List<String> unknown(Set<KeyScope> scopes, Set<String> roles, Optional<String> plan) {
        List<String> unknown = new ArrayList<>();
        Set<KeyScope> unknownScopes = new TreeSet<>(scopes);
        unknownScopes.removeAll(catalog.scopes());
        if (!unknownScopes.isEmpty()) {
            unknown.add("scopes " + unknownScopes + " are not declared");
        }
        Set<String> unknownRoles = new TreeSet<>(roles);
        unknownRoles.removeAll(catalog.roles().keySet());
        if (!unknownRoles.isEmpty()) {
            unknown.add("roles " + unknownRoles + " are not declared");
        }
        plan.filter(it -> !plans.contains(it)).ifPresent(it -> unknown.add("there is no plan '" + it + "'"));
        return unknown;
    }

    /** The formats of keys that were minted elsewhere, in the order set. */
    public List<ImportFormat> importFormats() {
        return imports.formats();
    }

    /**
     * Tells what {@link #importKeys} would do with a key, and changes nothing.
     *
     * @throws KeyRefusedException if it could not be imported, with every reason; {@link KeyRefusedException.Reason#CONFLICT}
     *                             if another key is there in its place
     */
    public ImportResult checkImport(ImportedKey wanted, Actor actor) {
        ApiKey key = describe(wanted, actor, now());
        boolean there = imports.isThere(key, actor);
        if (!there && store.suspendedAt(key.account()).isPresent()) {
            throw KeyRefusedException.suspended(key.account());
        }
        return new ImportResult(key.id(), there);
    }

    /**
     * Takes over keys that were minted elsewhere, by their digests: they work from the next request on. All of them in one
     * transaction, or none. Those that are there already are left as they are, so that it can be called again.
     *
     * <p>What an operator imports keeps the end that it has, or has none, whatever the maximum age of new keys is. What a member
     * imports is held to what the member could issue, ages included.
     *
     * @param wanted 1,000 at most
     * @param actor  an operator, or a member of all their accounts who may issue keys there
     * @return what became of them, in the same order
     */
    public List<ImportResult> importKeys(List<ImportedKey> wanted, Actor actor) {
        if (wanted.size() > MOST_IMPORTED) {
            throw KeyRefusedException.invalid(wanted.size() + " keys: expected " + MOST_IMPORTED + " at most");
        }
        Instant now = now();
        Map<KeyId, KeyChange> changes = new LinkedHashMap<>();
        List<KeyId> ids = new ArrayList<>();
        for (ImportedKey each : wanted) {
            ApiKey key = describe(each, actor, now);
            String detail = ChangeDetails.ofImported(key, imports.format(each.format()));
            if (changes.put(key.id(), changeOf(KeyAction.IMPORT, key, actor, detail, now)) != null) {
                throw KeyRefusedException.invalid("key " + key.id() + " is given twice");
            }
            ids.add(key.id());
        }
        for (int attempt = 1; !changes.isEmpty(); attempt++) {
            try {
                store.apply(List.copyOf(changes.values()));
                break;
            } catch (KeyRefusedException conflict) {
                if (conflict.reason() != KeyRefusedException.Reason.CONFLICT || attempt == CHANGE_ATTEMPTS) {
                    throw conflict;
                }
                changes.values().removeIf(change -> imports.isThere(change.key(), actor));
            } finally {
                ids.forEach(verifier::keyChanged);
            }
        }
        return ids.stream()
                .map(id -> new ImportResult(id, !changes.containsKey(id)))
                .toList();
    }

    private ApiKey describe(ImportedKey wanted, Actor actor, Instant now) {
        rights.requireManages(actor, wanted.account());
        rights.requireMayGrant(actor, wanted.scopes(), wanted.roles(), wanted.plan(), wanted.attributes());
        Optional<Instant> end = wanted.expiresAt();
        if (actor instanceof Actor.Member member) {
            if (wanted.member().filter(it -> !it.equals(member.id())).isPresent()) {
                throw KeyRefusedException.forbidden(
                        "member " + member.id() + " may not import a key of another member");
            }
            end = ages.endOf(imports.format(wanted.format()).environment(), end, now);
        }
        return imports.describe(wanted, end, unknown(wanted.scopes(), wanted.roles(), wanted.plan()), actor, now);
    }

    /**
     * Gives a key a new secret; id, scopes, plan, budget and expiry stay. The secret before it goes on working for the
     * overlap, never past the key's expiry; the one before that, if it still works, ends now. Where the last rotation waits
     * for the first use of its secret, nobody uses that one: it is replaced, and the one before it goes on.
     *
     * <p>A secret is used for the first time when it proves itself while its key is good, in any process on the store. The
     * process that sees it writes that down within milliseconds, or as soon as the store takes it; until then other processes
     * take the secret for unused.
     */
    public IssuedKey rotate(KeyId id, Overlap overlap, Actor actor) {
        return change(id, actor, key -> rotate(key, overlap, actor));
    }

    private IssuedKey rotate(ApiKey key, Overlap overlap, Actor actor) {
        rights.requireIssuer(actor);
        // Whoever rotates a key sees its new secret, and could do all that the key may.
        rights.requireMayGrant(actor, key);
        requireNotRevoked(key);
        requireMinted(key);
        Instant now = now();
        if (key.expiresAt().map(end -> !end.isAfter(now)).orElse(false)) {
            throw KeyRefusedException.invalid("key " + key.id() + " has expired");
        }
        int number = key.newestSecret().number() + 1;
        MadeSecret made = make(key.prefix(), key.id(), number, now);
        List<KeySecret> secrets = new ArrayList<>(ending(key, overlap, now));
        secrets.add(made.stored());
        ApiKey rotated = key.toBuilder().secrets(secrets).build();
        String detail = "secret " + number + ", overlap " + overlap;
        return new IssuedKey(apply(KeyAction.ROTATE, rotated, actor, detail, now), made.text());
    }

    /** What goes on beside a new secret: one or none. */
    private List<KeySecret> ending(ApiKey key, Overlap overlap, Instant now) {
        KeySecret inUse = inUse(key);
        if (overlap.fromFirstUse()) {
            return List.of(inUse.endingAfterFirstUse(overlap.length()));
        }
        return overlap.length().isZero() ? List.of() : List.of(key.ending(inUse, now.plus(overlap.length())));
    }

    /** The newest secret, unless its first use is waited for and not known here either. */
    private KeySecret inUse(ApiKey key) {
        KeySecret newest = key.newestSecret();
        return key.awaitedSecret().isPresent() && !verifier.knowsUseOf(key.id(), newest.number())
                ? key.secrets().get(0)
                : newest;
    }

    /** Ends a key for ever, with all its secrets. Ending it again changes nothing. A key may do this to itself. */
    public ApiKey revoke(KeyId id, Actor actor) {
        ApiKey key = readFor(actor, id);
        if (!(actor instanceof Actor.Key)) {
            rights.requireIssuer(actor);
        }
        return end(key, "", actor);
    }

    /** @param read as it was read; what became of it since is read again */
    private ApiKey end(ApiKey read, String detail, Actor actor) {
        ApiKey key = read;
        for (int attempt = 1; key.revokedAt().isEmpty(); attempt++) {
            Instant now = now();
            try {
                return apply(KeyAction.REVOKE, key.toBuilder().revokedAt(now).build(), actor, detail, now);
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
     * <p>Keys that are {@linkplain NewKey#serviceOwned() service-owned}, or were issued by an operator for no {@linkplain
     * NewKey#member() member}, go with nobody and stay.
     *
     * <p>Every key that was issued before the call is revoked when it returns. One that the member issues at the same
     * moment may stay: take away the role that lets them issue keys first, and call this again when the requests that
     * had begun by then have ended.
     *
     * <p>A thousand keys at a time are one transaction, and hold at once; where somebody changes one of them meanwhile, each
     * is one of its own. Keys that are damaged in the store come last, one by one. When this throws {@link UnavailableException}, or {@link KeyRefusedException} with {@link
     * KeyRefusedException.Reason#CONFLICT}, some keys may be revoked; call it again for the rest. Once none is left it
     * changes nothing.
     *
     * @param actor an operator, or a member of that account who may revoke its keys
     * @return the keys that were not revoked before, newest first, and behind them those that are damaged
     */
    public List<KeyId> revokeByMember(String account, String member, Actor actor) {
        return revokeAll(KeyQuery.ofAccount(account).ofMember(member), "with all keys of member " + member, actor);
    }

    /**
     * {@linkplain #revoke Revokes} all keys of an account, of every environment, service-owned ones too: for when the
     * account leaves.
     *
     * <p>What {@link #revokeByMember} says of keys that are issued at the same moment, of failures and of calling it again
     * is true here as well.
     *
     * @param actor an operator, or a member of that account who may revoke its keys
     * @return the keys that were not revoked before, newest first, and behind them those that are damaged
     */
    public List<KeyId> revokeByAccount(String account, Actor actor) {
        return revokeAll(KeyQuery.ofAccount(account), "with all keys of the account", actor);
    }

    private List<KeyId> revokeAll(KeyQuery all, String detail, Actor actor) {
        rights.requireManages(actor, all.account());
        List<KeyId> ended = new ArrayList<>();
        Set<KeyId> damaged = new LinkedHashSet<>();
        KeyQuery query = all.limit(KeyQuery.MAX_LIMIT);
        KeyPage page;
        do {
            page = store.list(query);
            List<ApiKey> open = page.keys().stream()
                    .filter(key -> key.revokedAt().isEmpty())
                    .toList();
            endAll(open, detail, actor);
            open.forEach(key -> ended.add(key.id()));
            damaged.addAll(page.damaged());
            if (!page.keys().isEmpty()) {
                query = query.after(page.keys().get(page.keys().size() - 1));
            }
        } while (page.more());
        ended.addAll(endDamaged(damaged, all.account(), detail, actor));
        return List.copyOf(ended);
    }

    /** Those of them that were not revoked before. */
    private List<KeyId> endDamaged(Set<KeyId> damaged, String account, String detail, Actor actor) {
        List<KeyId> ended = new ArrayList<>();
        List<KeyId> left = new ArrayList<>();
        Optional<UnavailableException> failure = Optional.empty();
        for (KeyId id : damaged) {
            try {
                if (store.apply(revocationOf(id, account, actor, detail))) {
                    ended.add(id);
                }
            } catch (UnavailableException refused) {
                left.add(id);
                failure = Optional.of(failure.orElse(refused));
            } finally {
                verifier.keyChanged(id);
            }
        }
        if (failure.isPresent()) {
            throw new UnavailableException(
                    "keys " + left + " are damaged and could not be revoked; all others were", failure.get());
        }
        return ended;
    }

    /** In one transaction; one by one where somebody changed one of them in between. */
    private void endAll(List<ApiKey> keys, String detail, Actor actor) {
        if (keys.isEmpty()) {
            return;
        }
        Instant now = now();
        try {
            store.apply(keys.stream()
                    .map(key -> changeOf(
                            KeyAction.REVOKE, key.toBuilder().revokedAt(now).build(), actor, detail, now))
                    .toList());
        } catch (KeyRefusedException changedMeanwhile) {
            if (changedMeanwhile.reason() != KeyRefusedException.Reason.CONFLICT) {
                throw changedMeanwhile;
            }
            keys.forEach(key -> end(key, detail, actor));
        } finally {
            keys.forEach(key -> verifier.keyChanged(key.id()));
        }
    }

    private KeyRevocation revocationOf(KeyId id, String account, Actor actor, String detail) {
        try {
            return new KeyRevocation(id, account, actor.label(), actor.address(), detail, now());
        } catch (IllegalArgumentException outOfBounds) {
            throw KeyRefusedException.invalid(String.valueOf(outOfBounds.getMessage()));
        }
    }

    /**
     * Suspends an account: none of its keys opens anything, here from the next request on and on other nodes within two
     * seconds, until the account is {@linkplain #resumeAccount let in again}. Its keys stay as they are, and none can be
     * issued meanwhile. Suspending it again changes nothing.
     *
     * @param actor an operator: members cannot suspend their own account
     * @return whether it was not suspended before
     */
    public boolean suspendAccount(String account, Actor actor) {
        return changeAccount(account, true, actor);
    }

    /**
     * Lets a suspended account in again, with those of its keys that are good. Doing it again changes nothing.
     *
     * @param actor an operator
     * @return whether it was suspended before
     */
    public boolean resumeAccount(String account, Actor actor) {
        return changeAccount(account, false, actor);
    }

    private boolean changeAccount(String account, boolean suspended, Actor actor) {
        ActorRights.requireSuspends(actor);
        AccountChange change;
        try {
            change = new AccountChange(account, suspended, actor.label(), actor.address(), now());
        } catch (IllegalArgumentException outOfBounds) {
            throw KeyRefusedException.invalid(String.valueOf(outOfBounds.getMessage()));
        }
        try {
            return store.apply(change);
        } finally {
            verifier.accountChanged(account);
        }
    }

    /** Makes a key open nothing until it is enabled again. Disabling it again changes nothing. */
    public ApiKey disable(KeyId id, Actor actor) {
        return change(id, actor, key -> {
            rights.requireIssuer(actor);
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
            rights.requireIssuer(actor);
            rights.requireMayGrant(actor, key);
            requireNotRevoked(key);
            if (key.disabledAt().isEmpty()) {
                return key;
            }
            return apply(KeyAction.ENABLE, key.toBuilder().enabled().build(), actor, now());
        });
    }

    /** One page of an account's keys, newest first. A member sees those of the own account only, a key none. */
    public KeyPage list(KeyQuery query, Actor actor) {
        ActorRights.requireReads(actor, query.account());
        return store.list(query);
    }

    /** The key of this id, if there is one that the actor may see: a member those of the own account, a key none. */
    public Optional<ApiKey> find(KeyId id, Actor actor) {
        ActorRights.requireNoKey(actor);
        return findFor(actor, id);
    }

    private Optional<ApiKey> findFor(Actor actor, KeyId id) {
        return store.find(id).filter(key -> ActorRights.maySee(actor, key));
    }

    /** One page of the audit trail of an account, newest first. A member sees that of the own account only, a key none. */
    public AuditPage audit(AuditQuery query, Actor actor) {
        ActorRights.requireReads(actor, query.account());
        return store.audit(query);
    }

    /**
     * When keys were last used, as far as any of them was. It is known some seconds after the use, and not at all where the
     * store keeps no {@linkplain KeyStore#usage() usage}.
     *
     * @param keys keys that the actor was given
     */
    public Map<KeyId, Instant> lastUsed(Collection<ApiKey> keys, Actor actor) {
        ActorRights.requireNoKey(actor);
        keys.forEach(key -> ActorRights.requireReads(actor, key.account()));
        return keys.isEmpty()
                ? Map.of()
                : store.usage().lastUsed(keys.stream().map(ApiKey::id).toList());
    }

    /**
     * How often a key was used, by hour and outcome; oldest first.
     *
     * @param from the first hour
     * @param to   the end, not included
     */
    public List<UsageCount> usage(KeyId id, Instant from, Instant to, Actor actor) {
        ActorRights.requireNoKey(actor);
        ApiKey key = readFor(actor, id);
        return store.usage().counts(key.id(), from, to);
    }

    /** The environments for which keys can be made that {@linkplain NewKey#signing() sign}, in the order set; none if empty. */
    public Set<KeyEnvironment> signingEnvironments() {
        return signing;
    }

    /** The roles of which a member needs one to change keys. */
    public Set<String> issuers() {
        return rights.issuers();
    }

    /** How long new keys of an environment may last; without end if empty. */
    public Optional<Duration> maxAge(KeyEnvironment environment) {
        return Optional.ofNullable(ages.max().get(environment));
    }

    /** How long new keys of an environment last of which nobody says when they end; without end if empty. */
    public Optional<Duration> defaultAge(KeyEnvironment environment) {
        return Optional.ofNullable(ages.defaults().get(environment)).or(() -> maxAge(environment));
    }

    /**
     * What an actor may do to a key as it is now: some of rotate, revoke, disable and enable. It tells what to offer; each of
     * these decides anew when it is called.
     */
    public Set<KeyAction> actionsOn(ApiKey key, Actor actor) {
        Set<KeyAction> actions = EnumSet.noneOf(KeyAction.class);
        if (key.revokedAt().isPresent() || !ActorRights.maySee(actor, key)) {
            return actions;
        }
        if (actor instanceof Actor.Key || rights.isIssuer(actor)) {
            actions.add(KeyAction.REVOKE);
        }
        if (!rights.isIssuer(actor)) {
            return actions;
        }
        boolean mayGrant = rights.mayGrant(actor, key);
        if (key.disabledAt().isEmpty()) {
            actions.add(KeyAction.DISABLE);
        } else if (mayGrant) {
            actions.add(KeyAction.ENABLE);
        }
        if (mayGrant && isMinted(key) && !key.isOver(now())) {
            actions.add(KeyAction.ROTATE);
        }
        return actions;
    }

    private ApiKey readFor(Actor actor, KeyId id) {
        return findFor(actor, id).orElseThrow(() -> KeyRefusedException.notFound(id));
    }

    private boolean isMinted(ApiKey key) {
        if (key.signs()) {
            return signing.contains(key.environment());
        }
        return format.prefixes().stream().anyMatch(it -> it.text().equals(key.prefix()) && !it.retired());
    }

    private void requireMinted(ApiKey key) {
        if (!isMinted(key)) {
            if (key.signs()) {
                throw KeyRefusedException.invalid("key " + key.id() + " signs requests, and keys of environment "
                        + key.environment() + " do not any more; issue a new key in its place");
            }
            boolean foreign =
                    format.prefixes().stream().noneMatch(it -> it.text().equals(key.prefix()));
            throw KeyRefusedException.invalid("key " + key.id()
                    + (foreign
                            ? " was minted elsewhere, and nothing is minted that begins as it does; issue a new key, and"
                                    + " revoke this one when nobody uses it any more"
                            : " begins with " + key.prefix()
                                    + ", which is no longer minted; issue a new key in its place"));
        }
    }

    private static void requireNotRevoked(ApiKey key) {
        if (key.revokedAt().isPresent()) {
            throw KeyRefusedException.invalid("key " + key.id() + " is revoked");
        }
    }

    /**
     * Makes a change from what is stored, and makes it anew where nothing came between but what this library does by itself,
     * perhaps because of the very request that led here. What anybody else did is a conflict.
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
                if (!current.isSameButForUpkeep(key)) {
                    throw conflict;
                }
                key = current;
            }
        }
    }

    private ApiKey apply(KeyAction action, ApiKey key, Actor actor, Instant now) {
        return apply(action, key, actor, "", now);
    }

    private ApiKey apply(KeyAction action, ApiKey key, Actor actor, String detail, Instant now) {
        KeyChange change = changeOf(action, key, actor, detail, now);
        try {
            return store.apply(change);
        } finally {
            // Also after a failure: a connection may have broken behind the commit.
            verifier.keyChanged(key.id());
        }
    }

    private static KeyChange changeOf(KeyAction action, ApiKey key, Actor actor, String detail, Instant now) {
        try {
            return new KeyChange(action, key, actor.label(), actor.address(), detail, now);
        } catch (IllegalArgumentException outOfBounds) {
            throw KeyRefusedException.invalid(String.valueOf(outOfBounds.getMessage()));
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(time.currentTimeMillis());
    }
}
