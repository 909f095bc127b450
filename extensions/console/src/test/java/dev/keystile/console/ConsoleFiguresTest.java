package dev.keystile.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.jdbc.JdbcKeyStoreProvider;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the calls of the page take over many keys, from the request to the last byte of the answer. With {@code
 * -Dkeystile.figures.keys=100000} it takes its time, and prints tables; {@code docs/console.md} has the whole command and the
 * figures.
 */
@Timeout(1800)
final class ConsoleFiguresTest {

    private static final int KEYS = Integer.getInteger("keystile.figures.keys", 1_000);
    private static final boolean PRINTING = System.getProperty("keystile.figures.keys") != null;
    private static final int ROUNDS = PRINTING ? 60 : 2;

    private static final Instant FIRST = TestApplication.NOW.minus(Duration.ofDays(200));
    private static final KeyPrefix LIVE = KeyPrefix.secret("lumen_live_", KeyEnvironment.LIVE);
    private static final KeyPrefix TEST = KeyPrefix.secret("lumen_test_", KeyEnvironment.TEST);
    private static final int PAGE = 50;

    @Test
    void calls_overManyKeys_onH2_answerRight() throws Exception {
        String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        measure("H2 in memory", Map.of("store.url", url, "store.user", "sa", "store.password", ""), url);
    }

    @Test
    void calls_overManyKeys_onPostgres_answerRight() throws Exception {
        Path folder = Path.of("target", "postgresql").toAbsolutePath();
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(folder.toFile())
                .setServerConfig("fsync", "off")
                .start()) {
            String url = "jdbc:postgresql://localhost:" + server.getPort() + "/postgres?user=postgres";
            measure("PostgreSQL", Map.of("store.url", url), url);
        }
    }

    private static void measure(String kind, Map<String, String> settings, String url) throws Exception {
        try (KeyStore store = new JdbcKeyStoreProvider().open(settings);
                TestApplication application = TestApplication.start(store)) {
            fill(store);
            analyze(url);
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            StringBuilder table = new StringBuilder(String.format(
                    Locale.ROOT, "%n%s, %,d keys, %,d of the account; milliseconds%n", kind, KEYS, KEYS / 10));
            lists(ada, table);
            oneKey(ada, table);
            changes(ada, table);
            if (PRINTING) {
                System.out.println(table);
            }
        }
    }

    // The keys: every tenth is of the account.

    private static void fill(KeyStore store) {
        int portion = 1000;
        for (int start = 0; start < KEYS; start += portion) {
            List<KeyChange> changes = IntStream.range(start, start + portion)
                    .mapToObj(n -> new KeyChange(KeyAction.ISSUE, key(n), "member:usr_ada", created(n)))
                    .toList();
            assertThat(store.apply(changes)).hasSize(portion);
        }
        List<UsageCount> counts = new ArrayList<>();
        Map<KeyId, Instant> lastUsed = new HashMap<>();
        for (int n = 0; n < KEYS; n += 10) {
            lastUsed.put(id(n), TestApplication.NOW.minusSeconds(n));
        }
        for (int hour = 0; hour < 24 * 90; hour++) {
            counts.add(new UsageCount(id(0), TestApplication.NOW.minus(Duration.ofHours(hour)), "allowed", 1 + hour));
        }
        store.usage().add(counts, lastUsed);
    }

    private static ApiKey key(int n) {
        String lastFour = String.format(Locale.ROOT, "%04d", n % 10_000);
        KeySecret secret = new KeySecret(
                1, "$hmac-sha256$sample", KeySecret.NO_QUICK_CHECK, lastFour, created(n), Optional.empty());
        String account = n % 10 == 0 ? TestMembers.ACCOUNT : "acct_" + n % 400;
        ApiKey.Builder key = ApiKey.builder(id(n), account, "Checkout server " + n, n % 40 == 0 ? TEST : LIVE, secret)
                .createdAt(created(n))
                .createdBy("member:usr_" + n % 500)
                .member("usr_" + n % 500)
                .scopes(Set.of(new KeyScope("customers:read"), new KeyScope("invoices:read")));
        if (n % 100 == 10) {
            key.expiresAt(TestApplication.NOW.plus(Duration.ofDays(n % 300 - 100)));
        }
        return key.build();
    }

    private static Instant created(int n) {
        return FIRST.plusSeconds(n);
    }

    private static KeyId id(int n) {
        // Spread over the alphabet, as drawn ids are.
        return new KeyId(String.format(Locale.ROOT, "%04x%08d", n * 40_503 & 0xFFFF, n));
    }

    /** As the databases do by themselves after a while. */
    private static void analyze(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, url.contains(":h2:") ? "sa" : "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute("ANALYZE");
        }
    }

    // The calls.

    private static void lists(ConsoleClient ada, StringBuilder table) {
        int deep = KEYS / 5 / 10 * 10;
        assertThat(list(ada, table, "")).isEqualTo(PAGE);
        assertThat(list(ada, table, "after=" + created(deep).toEpochMilli() + "." + id(deep)))
                .isEqualTo(Math.min(PAGE, deep / 10));
        assertThat(list(ada, table, "limit=100")).isEqualTo(Math.min(100, KEYS / 10));
        assertThat(list(ada, table, "environment=test")).isEqualTo(Math.min(PAGE, KEYS / 40));
        assertThat(list(ada, table, "status=active")).isEqualTo(PAGE);
        assertThat(list(ada, table, "status=expired")).isPositive();
        assertThat(list(ada, table, "status=disabled")).isZero();
        assertThat(list(ada, table, "member=usr_10")).isEqualTo(Math.min(PAGE, KEYS / 500));
        assertThat(list(ada, table, "text=server")).isEqualTo(PAGE);
        assertThat(list(ada, table, "text=server+" + KEYS / 2)).isPositive();
        assertThat(list(ada, table, "text=" + id(KEYS / 2))).isEqualTo(1);
        assertThat(list(ada, table, "text=nothing+of+the+kind")).isZero();
    }

    /** How many keys a page has. */
    private static int list(ConsoleClient ada, StringBuilder table, String query) {
        String told = query.startsWith("after=") ? "after=… (four fifths)" : query;
        HttpResponse<String> response = time(table, "GET keys?" + told, n -> ada.get("/api/keys?" + query));
        assertThat(response.statusCode()).as(query).isEqualTo(200);
        return ConsoleClient.at(response, "keys") instanceof List<?> keys ? keys.size() : -1;
    }

    private static void oneKey(ConsoleClient ada, StringBuilder table) {
        int step = 10;
        IntFunction<String> path = n -> "/api/keys/" + id(n * 7_919 * step % KEYS / step * step);
        assertThat(time(table, "GET keys/{id}", n -> ada.get(path.apply(n))).statusCode())
                .isEqualTo(200);
        assertThat(time(table, "GET keys/{id}/audit", n -> ada.get(path.apply(n) + "/audit"))
                        .statusCode())
                .isEqualTo(200);
        for (String period : List.of("24h", "90d")) {
            String usage = "/api/keys/" + id(0) + "/usage?period=" + period;
            assertThat(time(table, "GET keys/{id}/usage?period=" + period, n -> ada.get(usage))
                            .body())
                    .contains("allowed");
        }
        assertThat(time(table, "GET audit", n -> ada.get("/api/audit")).body()).contains("Checkout server");
        String old = "/api/audit?before=" + KEYS / 5;
        assertThat(time(table, "GET audit?before=… (four fifths)", n -> ada.get(old))
                        .body())
                .contains("Checkout server");
    }

    private static void changes(ConsoleClient ada, StringBuilder table) {
        String wanted = "{\"name\":\"One more\",\"environment\":\"live\",\"scopes\":[\"customers:read\"]}";
        HttpResponse<String> created = time(table, "POST keys", n -> ada.post("/api/keys", wanted));
        assertThat(created.statusCode()).isEqualTo(201);
        String path = "/api/keys/" + ConsoleClient.textAt(created, "key.id");
        assertThat(time(table, "POST keys/{id}/rotate", n -> ada.post(path + "/rotate", "{\"overlap_seconds\":60}"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(time(table, "POST keys/{id}/revoke", n -> ada.post("/api/keys/" + id(n * 10) + "/revoke", "{}"))
                        .statusCode())
                .isEqualTo(200);
    }

    /** Makes a call some times, and gives the last answer. */
    private static HttpResponse<String> time(StringBuilder table, String what, IntFunction<HttpResponse<String>> call) {
        long[] nanos = new long[ROUNDS];
        HttpResponse<String> last = call.apply(0);
        for (int round = 0; round < ROUNDS; round++) {
            long began = System.nanoTime();
            last = call.apply(round + 1);
            nanos[round] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        table.append(String.format(
                Locale.ROOT, "%-44s %8.1f %8.1f%n", what, nanos[ROUNDS / 2] / 1e6, nanos[ROUNDS * 9 / 10] / 1e6));
        return last;
    }
}
