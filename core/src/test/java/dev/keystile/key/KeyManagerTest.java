package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static dev.keystile.key.KeyEnvironment.TEST;
import static dev.keystile.key.KeyRefusedException.Reason.CONFLICT;
import static dev.keystile.key.KeyRefusedException.Reason.FORBIDDEN;
import static dev.keystile.key.KeyRefusedException.Reason.INVALID;
import static dev.keystile.key.KeyRefusedException.Reason.NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.CountingHasher;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import dev.keystile.key.KeyRefusedException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
final class KeyManagerTest {

    private static final KeyScope READ = new KeyScope("a:read");
    private static final KeyScope WRITE = new KeyScope("a:write");
    private static final KeyScope ALL = new KeyScope("a:all");
    private static final ScopeCatalog CATALOG = ScopeCatalog.builder()
            .scope(READ)
            .scope(WRITE)
            .scope(ALL)
            .implies(ALL, WRITE)
            .implies(WRITE, READ)
            .role("support", Set.of(READ))
            .role("owner", Set.of(ALL))
            .build();

    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final KeyPrefix ACME_TEST = KeyPrefix.secret("acme_test_", TEST);
    private static final KeyPrefix ACME_PUBLIC = KeyPrefix.publishable("acme_pub_", LIVE);
    private static final KeyPrefix ACME_OLD =
            KeyPrefix.secret("acme_old_", LIVE).retire();

    private static final Actor OPERATOR = new Actor.Operator("test");

    private final ManualTime time = new ManualTime();
    private final CountingHasher hasher = new CountingHasher();
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final List<KeyVerifier<String>> opened = new ArrayList<>();
    private final KeyManager manager = managerOf(ACME_LIVE, ACME_TEST, ACME_PUBLIC, ACME_OLD);

    private KeyManager managerOf(KeyPrefix... prefixes) {
        KeyVerifier<String> verifier = KeyVerifier.builder(store, new KeyFormat(List.of(prefixes), List.of(hasher)))
                .time(time)
                .build(key -> "");
        opened.add(verifier);
        return verifier.manager(CATALOG, Set.of("starter"), Set.of("developer", "admin"));
    }

    @AfterEach
    void close() {
        opened.forEach(KeyVerifier::close);
    }

    private static Actor.Member member(String account, String role, Set<KeyScope> scopes, Set<String> roles) {
        return new Actor.Member(
                account,
                "m1",
                Set.of(role),
                Grants.none()
                        .scopes(scopes)
                        .roles(roles.toArray(String[]::new))
                        .plans("starter")
                        .attribute("project", "p1"));
    }

    private static final Actor.Member DEVELOPER = member("acme", "developer", Set.of(ALL), Set.of("support", "owner"));

    private static NewKey.Builder wanted() {
        return NewKey.of("acme", "a key", LIVE);
    }

    /** Two values would be taken for both of them, and the last one be all that is there. */
    @Test
    void attributeSetTwice_isRefused() {
        NewKey.Builder wanted = wanted().attribute("apps", "a").attribute("issuer", "a");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wanted.attribute("apps", "b"))
                .withMessage("attribute apps is set twice: it has one value");
        assertThat(wanted.build().attributes()).isEqualTo(Map.of("apps", "a", "issuer", "a"));
    }

    private static @Nullable Reason reasonOf(ThrowingCallable change) {
        Throwable thrown = catchThrowable(change);
        if (thrown == null) {
            return null;
        }
        assertThat(thrown).isInstanceOf(KeyRefusedException.class);
        return ((KeyRefusedException) thrown).reason();
    }

    // Who may do what: every kind of actor against every action.

    private enum Action {
        ISSUE,
        ROTATE,
        REVOKE,
        DISABLE,
        ENABLE,
        LIST,
        FIND,
        AUDIT,
        LAST_USED,
        USAGE,
        REVOKE_BY_MEMBER,
        REVOKE_BY_ACCOUNT,
        SUSPEND,
        RESUME
    }

    private void act(Action action, KeyId id, Actor actor) {
        switch (action) {
            case ISSUE -> manager.issue(wanted().scopes("a:read").build(), actor);
            case ROTATE -> manager.rotate(id, Overlap.none(), actor);
            case REVOKE -> manager.revoke(id, actor);
            case DISABLE -> manager.disable(id, actor);
            case ENABLE -> manager.enable(id, actor);
            case LIST -> manager.list(KeyQuery.ofAccount("acme"), actor);
            case AUDIT -> manager.audit(AuditQuery.ofAccount("acme"), actor);
            case LAST_USED -> manager.lastUsed(List.of(records.find(id).orElseThrow()), actor);
            case USAGE -> manager.usage(id, ManualTime.START, ManualTime.START.plusSeconds(3600), actor);
            case SUSPEND -> manager.suspendAccount("acme", actor);
            case RESUME -> manager.resumeAccount("acme", actor);
            case REVOKE_BY_MEMBER -> manager.revokeByMember("acme", "m1", actor);
            case REVOKE_BY_ACCOUNT -> manager.revokeByAccount("acme", actor);
            case FIND -> {
                if (manager.find(id, actor).isEmpty()) {
                    throw KeyRefusedException.notFound(id);
                }
            }
        }
    }

    /** An actor, for the key the action is about. */
    @FunctionalInterface
    private interface ActorOf {
        Actor of(KeyId id);
    }

    /** In the order of the actions: m for may, f for forbidden, h for hidden as if there were no such key. */
    static Stream<Arguments> actors() {
        return Stream.of(
                row("operator", id -> OPERATOR, "mmmmm mmmmm mm mm"),
                row("developer", id -> DEVELOPER, "mmmmm mmmmm mm ff"),
                row("admin", id -> member("acme", "admin", Set.of(ALL), Set.of()), "mmmmm mmmmm mm ff"),
                row(
                        "member without an issuing role",
                        id -> member("acme", "viewer", Set.of(ALL), Set.of()),
                        "fffff mmmmm ff ff"),
                row(
                        "member who may grant nothing",
                        id -> member("acme", "developer", Set.of(), Set.of()),
                        "ffmmf mmmmm mm ff"),
                row(
                        "developer of another account",
                        id -> member("other", "developer", Set.of(ALL), Set.of()),
                        "fhhhh fhffh ff ff"),
                row("the key itself", Actor.Key::new, "ffmff fffff ff ff"),
                row("another key", id -> new Actor.Key(new KeyId("000000000000")), "fhhhh fffff ff ff"));
    }

    private static Arguments row(String name, ActorOf actor, String expected) {
        return argumentSet(
                name,
                actor,
                expected.replace(" ", "")
                        .chars()
                        .mapToObj(it -> switch (it) {
                            case 'm' -> Optional.<Reason>empty();
                            case 'f' -> Optional.of(FORBIDDEN);
                            default -> Optional.of(NOT_FOUND);
                        })
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("actors")
    void actor_mayDoWhatTheTableSays(ActorOf actorOf, List<Optional<Reason>> expected) {
        Iterator<Optional<Reason>> columns = expected.iterator();
        for (Action action : Action.values()) {
            manager.resumeAccount("acme", OPERATOR);
            KeyId id = manager.issue(wanted().scopes("a:read").build(), OPERATOR)
                    .key()
                    .id();
            ApiKey before = records.find(id).orElseThrow();
            Reason reason = reasonOf(() -> act(action, id, actorOf.of(id)));
            assertThat(Optional.ofNullable(reason)).as("%s", action).isEqualTo(columns.next());
            if (reason != null) {
                assertThat(records.find(id)).as("%s changed nothing", action).contains(before);
            }
        }
    }

    // What can be offered.

    static Stream<Arguments> statesAndActors() {
        List<String> states = List.of("good", "disabled", "revoked", "expired", "in rotation", "of a retired prefix");
        return states.stream()
                .flatMap(state -> Stream.of(
                        argumentSet(state + ", by an operator", state, OPERATOR),
                        argumentSet(state + ", by a developer", state, DEVELOPER),
                        argumentSet(
                                state + ", by one who may grant less",
                                state,
                                member("acme", "developer", Set.of(READ), Set.of())),
                        argumentSet(state + ", by a viewer", state, member("acme", "viewer", Set.of(ALL), Set.of())),
                        argumentSet(
                                state + ", by another account",
                                state,
                                member("globex", "admin", Set.of(ALL), Set.of()))));
    }

    @ParameterizedTest
    @MethodSource("statesAndActors")
    void actions_areThoseThatWouldChangeSomething(String state, Actor actor) {
        BiConsumer<KeyAction, KeyId> act = (action, id) -> {
            switch (action) {
                case ROTATE -> manager.rotate(id, Overlap.none(), actor);
                case DISABLE -> manager.disable(id, actor);
                case ENABLE -> manager.enable(id, actor);
                default -> manager.revoke(id, actor);
            }
        };
        for (KeyAction action : List.of(KeyAction.ROTATE, KeyAction.REVOKE, KeyAction.DISABLE, KeyAction.ENABLE)) {
            ApiKey key = keyThatIs(state);

            Throwable refused = catchThrowable(() -> act.accept(action, key.id()));

            assertThat(refused == null || refused instanceof KeyRefusedException)
                    .as("%s", refused)
                    .isTrue();
            boolean changed = records.find(key.id()).orElseThrow().revision() != key.revision();
            assertThat(manager.actionsOn(key, actor).contains(action))
                    .as(action.word())
                    .isEqualTo(changed);
        }
    }

    @Test
    void actions_ofAKeyOnItself_areRevokingAlone() {
        ApiKey key = keyThatIs("good");
        ApiKey other = keyThatIs("good");

        assertThat(manager.actionsOn(key, new Actor.Key(key.id()))).containsExactly(KeyAction.REVOKE);
        assertThat(manager.actionsOn(other, new Actor.Key(key.id()))).isEmpty();
    }

    private ApiKey keyThatIs(String state) {
        KeyManager minting = managerOf(ACME_LIVE, KeyPrefix.secret("acme_old_", LIVE));
        NewKey.Builder wanted = wanted().scopes(List.of(WRITE))
                .prefix(state.equals("of a retired prefix") ? "acme_old_" : "acme_live_");
        if (state.equals("expired")) {
            wanted.expiresAt(time.now().plusSeconds(1));
        }
        KeyId id = minting.issue(wanted.build(), OPERATOR).key().id();
        switch (state) {
            case "disabled" -> manager.disable(id, OPERATOR);
            case "revoked" -> manager.revoke(id, OPERATOR);
            case "expired" -> time.advance(Duration.ofSeconds(1));
            case "in rotation" -> manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR);
            default -> {
                // As it is.
            }
        }
        return records.find(id).orElseThrow();
    }

    // What may be granted.

    static Stream<Arguments> grants() {
        return Stream.of(
                argumentSet("the same", Set.of(READ), Set.of(), Set.of(READ), Set.of(), true),
                argumentSet("nothing", Set.of(), Set.of(), Set.of(), Set.of(), true),
                argumentSet("what is implied by the grantable", Set.of(READ), Set.of(), Set.of(ALL), Set.of(), true),
                argumentSet("all that is implied", Set.of(READ, WRITE), Set.of(), Set.of(WRITE), Set.of(), true),
                argumentSet("more", Set.of(WRITE), Set.of(), Set.of(READ), Set.of(), false),
                argumentSet("what implies more", Set.of(ALL), Set.of(), Set.of(READ, WRITE), Set.of(), false),
                argumentSet("a role", Set.of(), Set.of("support"), Set.of(), Set.of("support"), true),
                argumentSet("another role", Set.of(), Set.of("owner"), Set.of(), Set.of("support"), false),
                argumentSet("a role for its scopes", Set.of(), Set.of("support"), Set.of(ALL), Set.of(), false),
                argumentSet("scopes for their role", Set.of(READ), Set.of(), Set.of(), Set.of("support"), false));
    }

    @ParameterizedTest
    @MethodSource("grants")
    void member_grantsNoMoreThanTheyMay(
            Set<KeyScope> scopes,
            Set<String> roles,
            Set<KeyScope> grantable,
            Set<String> grantableRoles,
            boolean expected) {
        Actor actor = member("acme", "developer", grantable, grantableRoles);
        NewKey key = wanted().scopes(scopes).roles(roles.toArray(String[]::new)).build();
        assertThat(reasonOf(() -> manager.issue(key, actor))).isEqualTo(expected ? null : FORBIDDEN);
        // Who rotates a key sees its new text, and could do all that it may.
        KeyId id = manager.issue(key, OPERATOR).key().id();
        assertThat(reasonOf(() -> manager.rotate(id, Overlap.of(Duration.ofDays(1)), actor)))
                .isEqualTo(expected ? null : FORBIDDEN);
    }

    @Test
    void member_whoMayNotGrantPlanOrAttribute_isRefused() {
        Actor bare = new Actor.Member("acme", "m1", Set.of("developer"), Grants.none());
        Actor granting = new Actor.Member(
                "acme", "m1", Set.of("developer"), Grants.none().attribute("project", "p1", "p2"));
        NewKey onPlan = wanted().plan("starter").build();
        NewKey ofProject = wanted().attribute("project", "p1").build();
        NewKey ofAnother = wanted().attribute("project", "p3").build();

        assertThat(reasonOf(() -> manager.issue(onPlan, bare))).isEqualTo(FORBIDDEN);
        assertThat(reasonOf(() -> manager.issue(ofProject, bare))).isEqualTo(FORBIDDEN);
        assertThat(reasonOf(() -> manager.issue(ofAnother, granting))).isEqualTo(FORBIDDEN);
        KeyId id = manager.issue(ofProject, granting).key().id();
        // A rule binds paths to the attribute: its new secret opens them.
        assertThat(reasonOf(() -> manager.rotate(id, Overlap.none(), bare))).isEqualTo(FORBIDDEN);
        assertThat(reasonOf(() -> manager.rotate(id, Overlap.none(), granting))).isNull();
    }

    // Issuing.

    @Test
    void issued_holdsWhatWasAskedFor() {
        Instant end = time.now().plusSeconds(60);
        IssuedKey issued = manager.issue(
                wanted().scopes("a:read")
                        .roles("support")
                        .plan("starter")
                        .attribute("project", "p1")
                        .expiresAt(end)
                        .build(),
                DEVELOPER);
        String text = issued.revealOnce();
        ApiKey key = issued.key();
        assertThat(records.find(key.id())).contains(key);
        assertThat(key.account()).isEqualTo("acme");
        assertThat(key.member()).contains("m1");
        assertThat(key.createdBy()).isEqualTo("member:m1");
        assertThat(key.prefix()).isEqualTo("acme_live_");
        assertThat(key.environment()).isEqualTo(LIVE);
        assertThat(key.kind()).isEqualTo(KeyKind.SECRET);
        assertThat(key.scopes()).containsExactly(READ);
        assertThat(key.roles()).containsExactly("support");
        assertThat(key.plan()).contains("starter");
        assertThat(key.attributes()).containsEntry("project", "p1").hasSize(1);
        assertThat(key.createdAt()).isEqualTo(time.now());
        assertThat(key.expiresAt()).contains(end);
        assertThat(key.newestSecret().lastFour()).isEqualTo(text.substring(text.length() - 4));
        assertThat(key.newestSecret().digest()).doesNotContain(text).startsWith("$hmac-sha256$");
    }

    @Test
    void issued_serviceOwned_goesWithNobody() {
        assertThat(manager.issue(wanted().serviceOwned().build(), DEVELOPER)
                        .key()
                        .member())
                .isEmpty();
        assertThat(manager.issue(wanted().build(), OPERATOR).key().member()).isEmpty();
    }

    @Test
    void issued_byAnOperatorForAMember_goesWithThem() {
        NewKey theirs = wanted().member("m7").build();

        assertThat(manager.issue(theirs, OPERATOR).key().member()).contains("m7");
        assertThat(manager.issue(wanted().build(), OPERATOR).key().member()).isEmpty();
        assertThat(manager.revokeByMember("acme", "m7", OPERATOR)).hasSize(1);
    }

    @Test
    void issued_byAMemberForAnother_isRefused() {
        assertThat(reasonOf(() -> manager.issue(wanted().member("m2").build(), DEVELOPER)))
                .isEqualTo(Reason.FORBIDDEN);
        assertThat(manager.issue(wanted().member("m1").build(), DEVELOPER).key().member())
                .contains("m1");
        assertThat(reasonOf(
                        () -> manager.issue(wanted().member("m1").serviceOwned().build(), OPERATOR)))
                .isEqualTo(Reason.INVALID);
    }

    @Test
    void issued_isShownOnce() {
        IssuedKey issued = manager.issue(wanted().build(), OPERATOR);
        String text = issued.revealOnce();
        assertThat(text).startsWith("acme_live_");
        assertThatIllegalStateException()
                .isThrownBy(issued::revealOnce)
                .withMessageContaining(issued.key().id().text())
                .withMessageNotContaining(text);
    }

    @Test
    void issued_isShownToOneThreadOfMany() throws Exception {
        IssuedKey issued = manager.issue(wanted().build(), OPERATOR);
        int threads = 8;
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<String>> texts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                texts.add(pool.submit(() -> {
                    start.await();
                    return issued.revealOnce();
                }));
            }
            int shown = 0;
            for (Future<String> text : texts) {
                shown += catchThrowable(text::get) == null ? 1 : 0;
            }
            assertThat(shown).isEqualTo(1);
        } finally {
            pool.shutdownNow();
        }
    }

    static Stream<Arguments> unfitWishes() {
        return Stream.of(
                argumentSet("undeclared scope", wanted().scopes("b:read"), "b:read"),
                argumentSet("undeclared role", wanted().roles("king"), "king"),
                argumentSet("unknown plan", wanted().plan("gold"), "gold"),
                argumentSet("end in the past", wanted().expiresAt(ManualTime.START.minusMillis(1)), "expired"),
                argumentSet("end now", wanted().expiresAt(ManualTime.START), "expired"),
                argumentSet("environment without prefix", NewKey.of("acme", "a key", SANDBOX), "no prefix"),
                argumentSet(
                        "kind without prefix", NewKey.of("acme", "a key", TEST).kind(KeyKind.PUBLISHABLE), "no prefix"),
                argumentSet("retired prefix", wanted().prefix("acme_old_"), "no prefix"),
                argumentSet("prefix of another environment", wanted().prefix("acme_test_"), "no prefix"),
                argumentSet("no name", NewKey.of("acme", " ", LIVE), "name"),
                argumentSet("name of 101", NewKey.of("acme", "n".repeat(101), LIVE), "name"),
                argumentSet("name of two lines", NewKey.of("acme", "a\nb", LIVE), "name"),
                argumentSet("no account", NewKey.of("", "a key", LIVE), "account"));
    }

    @ParameterizedTest
    @MethodSource("unfitWishes")
    void unfitWish_isRefusedAndSaysWhy(NewKey.Builder wish, String message) {
        Throwable thrown = catchThrowable(() -> manager.issue(wish.build(), OPERATOR));
        assertThat(thrown).isInstanceOf(KeyRefusedException.class).hasMessageContaining(message);
        assertThat(((KeyRefusedException) thrown).reason()).isEqualTo(INVALID);
        assertThat(records.revision()).isZero();
    }

    // How long keys last.

    private KeyManager managerWithAges() {
        KeyVerifier<String> verifier = KeyVerifier.builder(
                        store,
                        new KeyFormat(
                                List.of(ACME_LIVE, ACME_TEST, KeyPrefix.secret("acme_sand_", SANDBOX)),
                                List.of(hasher)))
                .time(time)
                .maxAge(LIVE, Duration.ofDays(365))
                .maxAge(TEST, Duration.ofDays(30))
                .defaultAge(LIVE, Duration.ofDays(90))
                .defaultAge(SANDBOX, Duration.ofDays(7))
                .build(key -> "");
        opened.add(verifier);
        return verifier.manager(CATALOG, Set.of("starter"), Set.of("developer", "admin"));
    }

    @ParameterizedTest
    @CsvSource({
        // environment, days asked for, days it lasts
        "live,    ,     90",
        "live,    365,  365",
        "live,    366,  refused",
        "live,    1,    1",
        "test,    ,     30",
        "test,    30,   30",
        "test,    31,   refused",
        "sandbox, ,     7",
        "sandbox, 9999, 9999",
        "sandbox, 0,    refused",
    })
    void age_isWhatTheEnvironmentAllows(String environment, Integer asked, String expected) {
        NewKey.Builder wanted = NewKey.of("acme", "a key", new KeyEnvironment(environment));
        if (asked != null) {
            wanted.expiresAt(time.now().plus(Duration.ofDays(asked)));
        }
        KeyManager limited = managerWithAges();
        if (expected.equals("refused")) {
            assertThat(reasonOf(() -> limited.issue(wanted.build(), OPERATOR))).isEqualTo(INVALID);
        } else {
            assertThat(limited.issue(wanted.build(), OPERATOR).key().expiresAt())
                    .contains(time.now().plus(Duration.ofDays(Long.parseLong(expected))));
        }
    }

    @Test
    void ageThatIsTooLong_isRefusedWithWhatWouldDo() {
        Instant wanted = time.now().plus(Duration.ofDays(400));
        assertThat(catchThrowable(
                        () -> managerWithAges().issue(wanted().expiresAt(wanted).build(), OPERATOR)))
                .hasMessage(
                        "the key would expire at " + wanted + ", and keys of environment live last 365d at most: until "
                                + time.now().plus(Duration.ofDays(365)));
    }

    @Test
    void rotation_lengthensNoKey() {
        KeyManager limited = managerWithAges();
        ApiKey issued = limited.issue(wanted().build(), OPERATOR).key();
        time.advance(Duration.ofDays(80));
        ApiKey rotated = limited.rotate(issued.id(), Overlap.of(Duration.ofDays(30)), OPERATOR)
                .key();
        assertThat(rotated.expiresAt()).isEqualTo(issued.expiresAt());
        assertThat(rotated.secrets().get(0).endsAt()).isEqualTo(issued.expiresAt());
    }

    @Test
    void severalFittingPrefixes_oneMustBeNamed() {
        KeyManager several = managerOf(ACME_LIVE, KeyPrefix.secret("new_live_", LIVE));
        assertThat(reasonOf(() -> several.issue(wanted().build(), OPERATOR))).isEqualTo(INVALID);
        assertThat(several.issue(wanted().prefix("new_live_").build(), OPERATOR)
                        .key()
                        .prefix())
                .isEqualTo("new_live_");
    }

    @Test
    void version_choosesThePrefix() {
        KeyManager versions = managerOf(
                KeyPrefix.secret("one_", LIVE).withVersion(1),
                KeyPrefix.secret("two_", LIVE).withVersion(2));
        ApiKey key = versions.issue(wanted().version(2).build(), OPERATOR).key();
        assertThat(key.prefix()).isEqualTo("two_");
        assertThat(key.version()).isEqualTo(2);
        assertThat(reasonOf(() -> versions.issue(wanted().version(3).build(), OPERATOR)))
                .isEqualTo(INVALID);
    }

    // Rotation.

    @Test
    void rotated_keepsAllButItsSecrets() {
        ApiKey before = manager.issue(wanted().scopes("a:write").plan("starter").build(), DEVELOPER)
                .key();
        time.advance(Duration.ofHours(1));
        ApiKey after = manager.rotate(before.id(), Overlap.of(Duration.ofMinutes(5)), DEVELOPER)
                .key();
        assertThat(after.toBuilder()
                        .secrets(before.secrets())
                        .revision(before.revision())
                        .build())
                .isEqualTo(before);
        assertThat(after.secrets()).hasSize(2);
        assertThat(after.secrets().get(0).endsAt()).contains(time.now().plusSeconds(300));
        assertThat(after.newestSecret().endsAt()).isEmpty();
        assertThat(after.newestSecret().createdAt()).isEqualTo(time.now());
    }

    static Stream<Arguments> unfitOverlaps() {
        return Stream.of(
                argumentSet("negative", Duration.ofNanos(-1)),
                argumentSet("longer than a year", Duration.ofDays(366).plusNanos(1)),
                argumentSet("without end", Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @ParameterizedTest
    @MethodSource("unfitOverlaps")
    void overlap_outOfBounds_isRefused(Duration length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Overlap.of(length))
                .withMessage("an overlap of " + length + ": expected 0 to 366 days");
    }

    @Test
    void rotation_ofExpiredKey_isRefused() {
        KeyId id = manager.issue(wanted().expiresAt(time.now().plusSeconds(1)).build(), OPERATOR)
                .key()
                .id();
        time.advance(Duration.ofSeconds(1));
        assertThat(reasonOf(() -> manager.rotate(id, Overlap.none(), OPERATOR))).isEqualTo(INVALID);
    }

    /** A retired prefix is no longer minted, and a text of one that left the table could not be read. */
    @Test
    void rotation_ofPrefixThatIsNotMinted_isRefused() {
        KeyId id = manager.issue(wanted().build(), OPERATOR).key().id();
        KeyManager retired = managerOf(ACME_LIVE.retire(), KeyPrefix.secret("new_live_", LIVE));
        KeyManager without = managerOf(KeyPrefix.secret("new_live_", LIVE));
        assertThat(reasonOf(() -> retired.rotate(id, Overlap.none(), OPERATOR))).isEqualTo(INVALID);
        assertThat(reasonOf(() -> without.rotate(id, Overlap.none(), OPERATOR))).isEqualTo(INVALID);
    }

    // Ends.

    @Test
    void revoked_isForEver() {
        KeyId id = manager.issue(wanted().build(), OPERATOR).key().id();
        ApiKey revoked = manager.revoke(id, OPERATOR);
        assertThat(revoked.revokedAt()).contains(time.now());
        time.advance(Duration.ofSeconds(1));
        assertThat(manager.revoke(id, OPERATOR)).as("again").isEqualTo(revoked);
        List<BiConsumer<KeyId, Actor>> others =
                List.of((key, actor) -> manager.rotate(key, Overlap.none(), actor), manager::enable, manager::disable);
        for (BiConsumer<KeyId, Actor> other : others) {
            assertThat(reasonOf(() -> other.accept(id, OPERATOR))).isEqualTo(INVALID);
        }
    }

    @Test
    void disabledAndEnabled_twice_changesNothingMore() {
        KeyId id = manager.issue(wanted().build(), OPERATOR).key().id();
        ApiKey disabled = manager.disable(id, OPERATOR);
        assertThat(manager.disable(id, OPERATOR)).isEqualTo(disabled);
        ApiKey enabled = manager.enable(id, OPERATOR);
        assertThat(enabled.disabledAt()).isEmpty();
        assertThat(manager.enable(id, OPERATOR)).isEqualTo(enabled);
        assertThat(records.revision()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"ROTATE", "REVOKE", "DISABLE"})
    void changedMeanwhile_isAConflict_revokeTriesAgain(Action action) {
        KeyId id = manager.issue(wanted().build(), OPERATOR).key().id();
        KeyManager elsewhere = managerOf(ACME_LIVE);
        store.afterNextFind(() -> elsewhere.rotate(id, Overlap.of(Duration.ofDays(1)), OPERATOR));
        assertThat(reasonOf(() -> act(action, id, OPERATOR))).isEqualTo(action == Action.REVOKE ? null : CONFLICT);
        assertThat(records.find(id).orElseThrow().revokedAt().isPresent()).isEqualTo(action == Action.REVOKE);
    }

    // Offboarding.

    private static Actor.Member memberOf(String account, String id) {
        return new Actor.Member(account, id, Set.of("developer"), Grants.none());
    }

    private KeyId issue(String account, Actor actor) {
        return manager.issue(NewKey.of(account, "a key", LIVE).build(), actor)
                .key()
                .id();
    }

    private List<KeyId> issueMany(int keys, Actor actor) {
        return Stream.generate(() -> issue("acme", actor)).limit(keys).toList();
    }

    private List<KeyId> unrevoked(List<KeyId> ids) {
        return ids.stream()
                .filter(id -> records.find(id).orElseThrow().revokedAt().isEmpty())
                .toList();
    }

    @Test
    void revokeByMember_endsTheKeysThatGoWithThem_andNoOther() {
        Actor leaving = memberOf("acme", "ann");
        List<KeyId> theirs = new ArrayList<>(issueMany(3, leaving));
        theirs.add(manager.issue(NewKey.of("acme", "a key", TEST).build(), leaving)
                .key()
                .id());
        manager.disable(theirs.get(0), OPERATOR);
        manager.rotate(theirs.get(1), Overlap.of(Duration.ofDays(1)), OPERATOR);
        KeyId expired = manager.issue(
                        wanted().expiresAt(time.now().plusSeconds(1)).build(), leaving)
                .key()
                .id();
        theirs.add(expired);
        KeyId revokedBefore = issue("acme", leaving);
        ApiKey revoked = manager.revoke(revokedBefore, OPERATOR);
        List<KeyId> others = List.of(
                manager.issue(wanted().serviceOwned().build(), leaving).key().id(),
                issue("acme", OPERATOR),
                issue("acme", memberOf("acme", "Ann")),
                issue("acme", DEVELOPER),
                issue("other", memberOf("other", "ann")));
        time.advance(Duration.ofSeconds(1));

        List<KeyId> ended = manager.revokeByMember("acme", "ann", OPERATOR);

        assertThat(ended).containsExactlyInAnyOrderElementsOf(theirs);
        assertThat(theirs)
                .allSatisfy(id ->
                        assertThat(records.find(id).orElseThrow().revokedAt()).contains(time.now()));
        assertThat(records.find(revokedBefore)).as("revoked before").contains(revoked);
        assertThat(unrevoked(others)).isEqualTo(others);
    }

    @Test
    void revokeByAccount_endsAllItsKeys_andNoOther() {
        List<KeyId> all = List.of(
                issue("acme", memberOf("acme", "ann")),
                issue("acme", OPERATOR),
                manager.issue(NewKey.of("acme", "a key", TEST).serviceOwned().build(), DEVELOPER)
                        .key()
                        .id());
        KeyId other = issue("acme2", OPERATOR);

        assertThat(manager.revokeByAccount("acme", DEVELOPER)).containsExactlyInAnyOrderElementsOf(all);

        assertThat(unrevoked(all)).isEmpty();
        assertThat(unrevoked(List.of(other))).containsExactly(other);
    }

    @Test
    void revokeByAccount_storeThatCannotRevokeADamagedKey_endsTheOthers_andNamesIt() {
        KeyId damaged = manager.issue(wanted().build(), OPERATOR).key().id();
        KeyId sound = manager.issue(wanted().build(), OPERATOR).key().id();
        store.damage(damaged);

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> manager.revokeByAccount("acme", OPERATOR))
                .withMessageContaining("keys [" + damaged + "] are damaged and could not be revoked");

        assertThat(records.find(sound).orElseThrow().revokedAt()).isPresent();
    }

    @Test
    void revokeByMember_ofMoreKeysThanAPage_endsThemAll_andThenChangesNothing() {
        List<KeyId> theirs = issueMany(2 * KeyQuery.MAX_LIMIT + 1, memberOf("acme", "ann"));

        assertThat(manager.revokeByMember("acme", "ann", OPERATOR)).containsExactlyInAnyOrderElementsOf(theirs);
        assertThat(unrevoked(theirs)).isEmpty();
        long revision = records.revision();

        assertThat(manager.revokeByMember("acme", "ann", OPERATOR)).as("again").isEmpty();
        assertThat(manager.revokeByMember("acme", "nobody", OPERATOR)).isEmpty();
        assertThat(records.revision()).isEqualTo(revision);
    }

    @Test
    void revokeByMember_ofAKeyInUse_isSeenAtOnce() {
        IssuedKey issued = manager.issue(wanted().build(), memberOf("acme", "ann"));
        String text = issued.revealOnce();
        KeyVerifier<String> verifier = opened.get(0);
        assertThat(verifier.verify(text)).isInstanceOf(Verification.Verified.class);

        manager.revokeByMember("acme", "ann", OPERATOR);

        assertThat(verifier.verify(text))
                .isInstanceOfSatisfying(
                        Verification.Rejected.class,
                        it -> assertThat(it.reason()).isEqualTo(Verification.Reason.REVOKED));
    }

    @Test
    void revokeByMember_keyChangedMeanwhile_isEndedAllTheSame() {
        List<KeyId> theirs = issueMany(3, memberOf("acme", "ann"));
        store.afterNextList(() -> {
            manager.rotate(theirs.get(0), Overlap.of(Duration.ofDays(1)), OPERATOR);
            manager.disable(theirs.get(1), OPERATOR);
            manager.revoke(theirs.get(2), OPERATOR);
        });

        manager.revokeByMember("acme", "ann", OPERATOR);

        assertThat(unrevoked(theirs)).isEmpty();
        assertThat(records.revision()).as("issued, changed, two revoked").isEqualTo(3 + 3 + 2);
    }

    /** What the Javadoc says of a key that is issued at the same moment. */
    @Test
    void revokeByMember_keyIssuedMeanwhile_isEndedByTheNextCall() {
        List<KeyId> theirs = new ArrayList<>(issueMany(2, memberOf("acme", "ann")));
        store.afterNextList(() -> theirs.add(issue("acme", memberOf("acme", "ann"))));

        manager.revokeByMember("acme", "ann", OPERATOR);
        assertThat(unrevoked(theirs)).containsExactly(theirs.get(2));

        assertThat(manager.revokeByMember("acme", "ann", OPERATOR)).containsExactly(theirs.get(2));
    }

    static Stream<Arguments> breakdowns() {
        UnavailableException broken = new UnavailableException("the connection broke");
        return Stream.of(
                argumentSet("down after the first change", (Consumer<FaultyStore>)
                        store -> store.afterNextApply(store::goDown)),
                argumentSet(
                        "broken behind the first commit", (Consumer<FaultyStore>) store -> store.afterNextApply(() -> {
                            throw broken;
                        })),
                argumentSet("down after the list", (Consumer<FaultyStore>) store -> store.afterNextList(store::goDown)),
                argumentSet("down", (Consumer<FaultyStore>) FaultyStore::goDown));
    }

    @ParameterizedTest
    @MethodSource("breakdowns")
    void revokeByAccount_storeFailsMidway_isUnavailable_andCalledAgainEndsTheRest(Consumer<FaultyStore> breakdown) {
        List<KeyId> all = issueMany(KeyQuery.MAX_LIMIT + 1, OPERATOR);
        breakdown.accept(store);

        assertThat(catchThrowable(() -> manager.revokeByAccount("acme", OPERATOR)))
                .isInstanceOf(UnavailableException.class);
        List<KeyId> left = unrevoked(all);

        store.comeBack();
        assertThat(manager.revokeByAccount("acme", OPERATOR)).containsExactlyInAnyOrderElementsOf(left);
        assertThat(unrevoked(all)).isEmpty();
    }

    @Test
    void revokeByAccount_byManyThreads_endsEachKeyOnce() throws Exception {
        int threads = 4;
        List<KeyId> all = issueMany(100, OPERATOR);
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<List<KeyId>>> calls = Stream.generate(() -> pool.submit(() -> {
                        start.await();
                        return manager.revokeByAccount("acme", OPERATOR);
                    }))
                    .limit(threads)
                    .toList();
            for (Future<List<KeyId>> call : calls) {
                call.get();
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(unrevoked(all)).isEmpty();
        assertThat(records.revision()).isEqualTo(2L * all.size());
    }

    // What the audit trail says.

    private List<String> trail(KeyId id) {
        return manager.audit(AuditQuery.ofAccount("acme").ofKey(id), OPERATOR).entries().stream()
                .map(entry -> entry.action().word() + " by " + entry.actor()
                        + entry.address().map(it -> " from " + it).orElse("") + ": " + entry.detail())
                .toList();
    }

    @Test
    void everyChange_tellsWhoAndWhatInWords_newestFirst() {
        Actor ann = DEVELOPER.from("192.0.2.7");
        Instant end = time.now().plus(Duration.ofDays(90));
        IssuedKey issued = manager.issue(
                wanted().scopes("a:write", "a:read")
                        .roles("support")
                        .plan("starter")
                        .addresses(List.of(AddressRange.parse("10.0.0.0/8"), AddressRange.parse("2001:db8::1")))
                        .expiresAt(end)
                        .build(),
                ann);
        KeyId id = issued.key().id();
        manager.disable(id, ann);
        manager.enable(id, OPERATOR);
        manager.rotate(id, Overlap.fromFirstUse(Duration.ofHours(36)), ann);
        manager.rotate(id, Overlap.none(), ann);
        manager.revoke(id, new Actor.Key(id, Optional.of("10.1.2.3")));
        assertThat(trail(id))
                .containsExactly(
                        "revoke by key:" + id + " from 10.1.2.3: ",
                        "rotate by member:m1 from 192.0.2.7: secret 3, overlap none",
                        "rotate by member:m1 from 192.0.2.7: secret 2, overlap 36h from first use",
                        "enable by operator:test: ",
                        "disable by member:m1 from 192.0.2.7: ",
                        "issue by member:m1 from 192.0.2.7: \"a key\", live, expires " + end
                                + ", plan starter, scopes a:read a:write, roles support, from 10.0.0.0/8 2001:db8:0:0:0:0:0:1");
        assertThat(String.join("\n", trail(id)))
                .doesNotContain(issued.revealOnce().substring(22))
                .doesNotContain(issued.key().newestSecret().digest());
    }

    @Test
    void keysRevokedTogether_tellWhy() {
        KeyId theirs = issue("acme", memberOf("acme", "ann"));
        KeyId other = issue("acme", OPERATOR);
        manager.revokeByMember("acme", "ann", OPERATOR);
        manager.revokeByAccount("acme", OPERATOR);
        assertThat(trail(theirs).get(0)).isEqualTo("revoke by operator:test: with all keys of member ann");
        assertThat(trail(other).get(0)).isEqualTo("revoke by operator:test: with all keys of the account");
    }

    @Test
    void detailsThatAreTooLong_areCut_betweenCharacters() {
        KeyScope[] scopes = IntStream.range(0, 300)
                .mapToObj(n -> new KeyScope(String.format("thing%03d:read", n)))
                .toArray(KeyScope[]::new);
        ApiKey.Builder key = ApiKey.builder(
                        new KeyId("000000000000"),
                        "acme",
                        "k".repeat(100),
                        ACME_PUBLIC,
                        new KeySecret(1, "-", 0, "", ManualTime.START, Optional.empty()))
                .scopes(Set.of(scopes));
        assertThat(ChangeDetails.ofNew(key.build()))
                .startsWith("\"" + "k".repeat(100) + "\", live, publishable, scopes thing000:read thing001:read")
                .endsWith(" thing005:read and 294 more");
        String pairs = "\uD83D\uDD11".repeat(50);
        for (int shift = 0; shift < 2; shift++) {
            ApiKey longest = key.plan("p".repeat(98 + shift))
                    .roles(Set.of("r".repeat(100)))
                    .expiresAt(ManualTime.START)
                    .addresses(IntStream.range(0, 50)
                            .mapToObj(n -> AddressRange.parse("2001:db8:1111:2222:3333:4444:5555:" + n))
                            .toList())
                    .build();
            String named =
                    ChangeDetails.ofNew(ApiKey.builder(longest.id(), "acme", pairs, ACME_PUBLIC, longest.newestSecret())
                            .plan(longest.plan().orElseThrow())
                            .roles(longest.roles())
                            .scopes(Set.of(scopes))
                            .addresses(longest.addresses())
                            .build());
            assertThat(named.length()).isLessThanOrEqualTo(500);
            assertThat(new KeyChange(KeyAction.ISSUE, longest, "test", Optional.empty(), named, time.now()).detail())
                    .isEqualTo(named);
        }
    }

    @Test
    void actorWhoseWordsDoNotFit_isRefused() {
        KeyId id = issue("acme", OPERATOR);
        Actor lines = new Actor.Operator("two\nlines");
        Actor nowhere = new Actor.Operator("test", Optional.of("x".repeat(101)));
        for (Actor actor : List.of(lines, nowhere)) {
            assertThat(reasonOf(() -> manager.issue(wanted().build(), actor))).isEqualTo(INVALID);
            assertThat(reasonOf(() -> manager.revoke(id, actor))).isEqualTo(INVALID);
            assertThat(reasonOf(() -> manager.revokeByAccount("acme", actor))).isEqualTo(INVALID);
            assertThat(reasonOf(() -> manager.suspendAccount("acme", actor))).isEqualTo(INVALID);
        }
        assertThat(unrevoked(List.of(id))).containsExactly(id);
    }

    @Test
    void everyChange_standsInTheLog() {
        KeyId id = manager.issue(wanted().build(), DEVELOPER).key().id();
        manager.disable(id, DEVELOPER);
        manager.enable(id, OPERATOR);
        manager.rotate(id, Overlap.of(Duration.ofDays(1)), OPERATOR);
        manager.revoke(id, new Actor.Key(id));
        assertThat(records.changesSince(0, 100)).isEqualTo(new KeyChanges(List.of(id, id, id, id, id), 5, false));
    }

    @Test
    void refused_repeatsNoText() {
        IssuedKey issued = manager.issue(wanted().build(), OPERATOR);
        Throwable thrown = catchThrowable(
                () -> manager.rotate(issued.key().id(), Overlap.none(), member("other", "admin", Set.of(), Set.of())));
        assertThat(thrown).hasMessageContaining(issued.key().id().text());
        assertThat(thrown.getMessage()).doesNotContain(issued.revealOnce().substring(22));
    }
}
