package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.AddressRange;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.TimeSource;
import dev.keystile.scope.ScopePolicy;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of a key's life: two processes over one store, each with an application of its own. */
@Timeout(60)
class KeyLifeTest {

    private static final Duration PROMISED = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    private final KeyStore store = KeyStore.inMemory();
    private final Ahead time = new Ahead();
    private Keystile keystile;
    private Keystile otherKeystile;
    private TestApplication application;
    private TestApplication other;

    /** The clocks of the machine, the wall clock as far ahead as a test wants it. */
    private static final class Ahead implements TimeSource {
        private final AtomicLong millis = new AtomicLong();

        void advance(Duration duration) {
            millis.addAndGet(duration.toMillis());
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long currentTimeMillis() {
            return System.currentTimeMillis() + millis.get();
        }
    }

    /** Rotates the key that calls it, and answers the new one, unless the client is gone by then. */
    private final class Rotate extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String fresh = keystile.keyManager()
                    .rotate(
                            new KeyId(request.getUserPrincipal().getName()),
                            Overlap.fromFirstUse(Duration.ofHours(1)),
                            TestApplication.OPERATOR)
                    .revealOnce();
            if (request.getParameter("lost") != null) {
                throw new IOException("the client is gone");
            }
            response.getWriter().print(fresh);
        }
    }

    @BeforeEach
    void start() throws Exception {
        keystile = builder().build();
        otherKeystile = builder().build();
        application = TestApplication.start(folder, keystile, Map.of("/items", new Empty(), "/rotate", new Rotate()));
        other = TestApplication.start(folder, otherKeystile, Map.of("/items", new Empty()));
    }

    private KeystileBuilder builder() {
        return Keystile.builder(store)
                .prefixes(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE))
                .hashers(KeyHasher.hmacSha256(
                        "a pepper of at least 32 bytes, for tests".getBytes(StandardCharsets.UTF_8)))
                .rules(ScopePolicy.builder()
                        .allow("GET", "/items", "authenticated")
                        .allow("GET", "/rotate", "authenticated")
                        .build())
                .trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, "127.0.0.0/8"))
                .noFailureLimit()
                .time(time);
    }

    @AfterEach
    void stop() throws Exception {
        application.close();
        other.close();
        keystile.close();
        otherKeystile.close();
    }

    private IssuedKey issue(String... addresses) {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acct_1", "a key", KeyEnvironment.LIVE)
                                .addresses(List.of(addresses).stream()
                                        .map(AddressRange::parse)
                                        .toList())
                                .build(),
                        TestApplication.OPERATOR);
    }

    private static int status(TestApplication asked, String key) throws Exception {
        return asked.get("/items", "Authorization", "Bearer " + key).statusCode();
    }

    /** Whether a refusal is the one that every bad key gets. */
    private static void assertOrdinary401(HttpResponse<String> refusal) {
        assertThat(refusal.statusCode()).isEqualTo(401);
        assertThat(refusal.headers().firstValue("WWW-Authenticate"))
                .contains("Bearer realm=\"api\", error=\"invalid_token\"");
        assertThat(refusal.body().replaceAll("[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", "id"))
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,"
                        + "\"detail\":\"Invalid or missing API key.\",\"instance\":\"urn:uuid:id\","
                        + "\"code\":\"invalid_api_key\",\"request_id\":\"req_id\"}");
    }

    private void awaitBegun() {
        AuditQuery all = AuditQuery.ofAccount("acct_1");
        while (keystile.keyManager().audit(all, TestApplication.OPERATOR).entries().stream()
                .noneMatch(entry -> entry.action() == KeyAction.BEGIN_OVERLAP)) {
            Thread.onSpinWait();
        }
    }

    /** Asks until the answer comes that was promised; an earlier one may be seen for as long as that was promised. */
    private void awaitElsewhere(String key, int promised) throws Exception {
        long changed = System.nanoTime();
        long asked;
        int status;
        do {
            asked = System.nanoTime();
            status = status(other, key);
            if (status != promised) {
                assertThat(Duration.ofNanos(asked - changed)).isLessThan(PROMISED);
            }
        } while (status != promised);
    }

    @Test
    void rotationWhoseAnswerWasLost_leavesTheOldKeyWorking_andTheNextOneEndsIt() throws Exception {
        String old = issue().revealOnce();
        assertThat(status(other, old)).isEqualTo(200);

        HttpResponse<String> lost = application.get("/rotate?lost=1", "Authorization", "Bearer " + old);

        assertThat(lost.statusCode()).isEqualTo(500);
        time.advance(Duration.ofDays(100));
        assertThat(status(application, old)).isEqualTo(200);
        assertThat(status(other, old)).isEqualTo(200);

        String fresh =
                application.get("/rotate", "Authorization", "Bearer " + old).body();
        time.advance(Duration.ofDays(100));
        assertThat(status(application, old)).isEqualTo(200);

        // Where it was not made: its first use is there.
        awaitElsewhere(fresh, 200);
        awaitBegun();
        assertThat(status(application, old)).as("during the overlap").isEqualTo(200);
        time.advance(Duration.ofHours(1));
        awaitElsewhere(old, 401);
        assertOrdinary401(other.get("/items", "Authorization", "Bearer " + old));
        assertThat(status(application, fresh)).isEqualTo(200);
        assertThat(status(other, fresh)).isEqualTo(200);
    }

    @Test
    void suspendedAccount_isRefusedWithTheNextRequest_elsewhereWithinTwoSeconds_andLetInAgain() throws Exception {
        String key = issue().revealOnce();
        assertThat(status(application, key)).isEqualTo(200);
        assertThat(status(other, key)).isEqualTo(200);

        keystile.keyManager().suspendAccount("acct_1", TestApplication.OPERATOR);

        assertOrdinary401(application.get("/items", "Authorization", "Bearer " + key));
        awaitElsewhere(key, 401);
        assertOrdinary401(other.get("/items", "Authorization", "Bearer " + key));

        keystile.keyManager().resumeAccount("acct_1", TestApplication.OPERATOR);

        assertThat(status(application, key)).isEqualTo(200);
        awaitElsewhere(key, 200);
    }

    @Test
    void keyOfSomeAddresses_isRefusedFromOthers_likeEveryBadKey() throws Exception {
        String behindProxy = issue("203.0.113.0/24", "2001:db8::/32").revealOnce();
        String atHome = issue("127.0.0.1").revealOnce();

        assertOrdinary401(application.get("/items", "Authorization", "Bearer " + behindProxy));
        assertThat(status(application, atHome)).isEqualTo(200);
        for (String address : List.of("203.0.113.7", "2001:db8::7")) {
            assertThat(application
                            .get("/items", "Authorization", "Bearer " + behindProxy, "X-Forwarded-For", address)
                            .statusCode())
                    .isEqualTo(200);
            assertOrdinary401(
                    application.get("/items", "Authorization", "Bearer " + atHome, "X-Forwarded-For", address));
        }
        assertOrdinary401(application.get(
                "/items", "Authorization", "Bearer " + atHome, "X-Forwarded-For", "127.0.0.1, unknown"));
    }
}
