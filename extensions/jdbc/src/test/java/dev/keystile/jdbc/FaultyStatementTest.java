package dev.keystile.jdbc;

import static dev.keystile.jdbc.TestKeys.DIGEST;
import static dev.keystile.jdbc.TestKeys.NOW;
import static dev.keystile.jdbc.TestKeys.id;
import static dev.keystile.jdbc.TestKeys.issue;
import static dev.keystile.jdbc.TestKeys.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.AccountChange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A fault at each statement of a change, before it, behind it, and with the connection gone: all of it is done, or none. */
@Timeout(180)
final class FaultyStatementTest {

    private enum Fault {
        BEFORE,
        BEHIND,
        CONNECTION_LOST
    }

    /** Fails one call of those it sees. */
    private static final class Saboteur implements WatchedDataSource.Watcher {

        private final Fault fault;
        private int place;
        private int calls;
        private String failed = "";

        Saboteur(Fault fault) {
            this.fault = fault;
        }

        /** From now on, counted from 1. */
        void failAt(int call) {
            place = call;
            calls = 0;
        }

        @Override
        public void before(WatchedDataSource.Call call) throws SQLException {
            // How H2 is told to be exact is no part of the change.
            if (call.sql().startsWith("SET ")) {
                return;
            }
            calls++;
            if (calls == place && fault != Fault.BEHIND) {
                if (fault == Fault.CONNECTION_LOST) {
                    call.connection().abort(Runnable::run);
                }
                throw failure(call);
            }
        }

        @Override
        public void after(WatchedDataSource.Call call) throws SQLException {
            if (calls == place && fault == Fault.BEHIND && !call.sql().startsWith("SET ")) {
                throw failure(call);
            }
        }

        private SQLException failure(WatchedDataSource.Call call) {
            failed = call.sql();
            return new SQLException("on purpose", "08000");
        }
    }

    private static final Map<DatabaseKind, TestDatabase> DATABASES = new EnumMap<>(DatabaseKind.class);

    @AfterAll
    static void drop() {
        DATABASES.values().forEach(TestDatabase::close);
        DATABASES.clear();
    }

    private static final KeySecret NEXT = new KeySecret(2, DIGEST, 2, "next", NOW.plusSeconds(1), Optional.empty());

    static Stream<Arguments> changes() {
        return Arrays.stream(DatabaseKind.values())
                .flatMap(kind -> Stream.of(
                        change(kind, "issue", store -> issue(store, key(9))),
                        change(kind, "rotation", store -> {
                            ApiKey key = store.find(id(1)).orElseThrow();
                            store.apply(new KeyChange(KeyAction.ROTATE, rotated(key), "operator:test", NOW));
                        }),
                        change(kind, "several", store -> {
                            ApiKey one = store.find(id(1)).orElseThrow();
                            ApiKey two = store.find(id(2)).orElseThrow();
                            store.apply(List.of(
                                    new KeyChange(KeyAction.ROTATE, rotated(one), "operator:test", NOW),
                                    new KeyChange(KeyAction.ISSUE, key(9), "operator:test", NOW),
                                    new KeyChange(
                                            KeyAction.REVOKE,
                                            two.toBuilder().revokedAt(NOW).build(),
                                            "operator:test",
                                            NOW)));
                        }),
                        change(
                                kind,
                                "suspension",
                                store -> store.apply(
                                        new AccountChange("acme", true, "operator:test", Optional.empty(), NOW))),
                        change(
                                kind,
                                "usage",
                                store -> store.usage()
                                        .add(
                                                List.of(
                                                        new UsageCount(
                                                                id(1), NOW.truncatedTo(ChronoUnit.HOURS), "allowed", 3),
                                                        new UsageCount(
                                                                id(2),
                                                                NOW.truncatedTo(ChronoUnit.HOURS),
                                                                "allowed",
                                                                4)),
                                                Map.of(id(1), NOW, id(2), NOW)))));
    }

    private static Arguments change(DatabaseKind kind, String what, Consumer<KeyStore> change) {
        return argumentSet(what + " on " + kind, kind, change);
    }

    private static ApiKey rotated(ApiKey key) {
        return key.toBuilder()
                .secrets(List.of(key.newestSecret().endingAt(NOW.plusSeconds(60)), NEXT))
                .build();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void change_withAFaultAtAnyStatement_isDoneWholeOrNotAtAll(DatabaseKind kind, Consumer<KeyStore> change)
            throws SQLException {
        TestDatabase database = DATABASES.computeIfAbsent(kind, DatabaseKind::fresh);
        try (KeyStore sound = new JdbcKeyStoreProvider().open(database.settings())) {
            String undone = prepared(database, sound);
            change.accept(sound);
            String done = state(sound);
            assertThat(done).isNotEqualTo(undone);

            for (Fault fault : Fault.values()) {
                assertThat(prepared(database, sound)).isEqualTo(undone);
                Saboteur saboteur = new Saboteur(fault);
                JdbcKeyStore faulty = JdbcKeyStore.open(WatchedDataSource.over(database.dataSource(), saboteur));
                int place = 0;
                boolean failed;
                boolean mayBeDone;
                do {
                    place++;
                    saboteur.failAt(place);
                    failed = fails(() -> change.accept(faulty));
                    // Only what fails behind its commit is done all the same.
                    mayBeDone = !failed || (saboteur.failed.equals("COMMIT") && fault == Fault.BEHIND);
                    assertThat(state(sound))
                            .as("%s, %s", fault, saboteur.failed)
                            .isEqualTo(mayBeDone ? done : undone);
                } while (!mayBeDone);
                assertThat(place).as("statements, the commit included").isGreaterThanOrEqualTo(3);
            }
        }
    }

    private static boolean fails(Runnable change) {
        try {
            change.run();
            return false;
        } catch (UnavailableException expected) {
            return true;
        }
    }

    /** Makes it hold two keys and nothing else; the state it is in then. */
    private static String prepared(TestDatabase database, KeyStore store) throws SQLException {
        database.empty();
        issue(store, key(1));
        issue(store, key(2));
        return state(store);
    }

    /** All that can be read of it. */
    private static String state(KeyStore store) {
        return String.join(
                "\n",
                String.valueOf(store.find(id(1))),
                String.valueOf(store.find(id(2))),
                String.valueOf(store.find(id(9))),
                String.valueOf(store.suspendedAt("acme")),
                String.valueOf(store.revision()),
                String.valueOf(store.changesSince(0, 100)),
                String.valueOf(store.audit(AuditQuery.ofAccount("acme"))),
                String.valueOf(store.usage().counts(id(1), Instant.MIN, Instant.MAX)),
                String.valueOf(store.usage().counts(id(2), Instant.MIN, Instant.MAX)),
                String.valueOf(store.usage().lastUsed(List.of(id(1)))),
                String.valueOf(store.usage().lastUsed(List.of(id(2)))));
    }
}
