package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.scope.ScopePolicy;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes over HTTP stands in usage, once. */
final class UsageTest {

    @TempDir
    Path folder;

    private final KeyStore store = KeyStore.inMemory();

    private KeystileBuilder builder() {
        return Keystile.builder(store)
                .prefixes(KeyPrefix.secret("tk_live_", KeyEnvironment.LIVE))
                .hashers(KeyHasher.hmacSha256(new byte[32]))
                .rules(ScopePolicy.builder()
                        .allow("GET", "/items/**", "items:read")
                        .allow("DELETE", "/items/**", "items:write")
                        .allow("GET", "/forward", "items:read")
                        .allow("GET", "/health", "public")
                        .build());
    }

    @Test
    void requests_areCountedByOutcome_andDispatchesAreNot() throws Exception {
        Instant before = Instant.now();
        KeyId id;
        IssuedKey issued;
        try (Keystile keystile = builder().build();
                TestApplication application = TestApplication.start(
                        folder, keystile, Map.of("/items/*", new Empty(), "/forward", new Forward()))) {
            issued = keystile.keyManager()
                    .issue(
                            NewKey.of("acme", "a key", KeyEnvironment.LIVE)
                                    .scopes("items:read")
                                    .build(),
                            TestApplication.OPERATOR);
            id = issued.key().id();
            String key = "Bearer " + issued.revealOnce();
            assertThat(application.get("/items/1", "Authorization", key).statusCode())
                    .isEqualTo(200);
            assertThat(application.get("/forward", "Authorization", key).statusCode())
                    .isEqualTo(200);
            assertThat(application.get("/none", "Authorization", key).statusCode())
                    .isEqualTo(403);
            assertThat(application
                            .send("DELETE", "/items/1", "Authorization", key)
                            .statusCode())
                    .isEqualTo(403);
            application.get("/health", "Authorization", key);
            assertThat(application.get("/items/1").statusCode()).isEqualTo(401);
            keystile.keyManager().revoke(id, TestApplication.OPERATOR);
            assertThat(application.get("/items/1", "Authorization", key).statusCode())
                    .isEqualTo(401);
        }
        try (Keystile keystile = builder().build()) {
            KeyManager manager = keystile.keyManager();
            Instant from = before.minus(Duration.ofHours(1));
            Instant to = Instant.now().plus(Duration.ofHours(1));
            assertThat(manager.usage(id, from, to, TestApplication.OPERATOR))
                    .extracting(it -> it.outcome() + " " + it.requests())
                    .containsExactly("allowed 2", "forbidden 2", "unauthorized 1");
            assertThat(manager.lastUsed(List.of(issued.key()), TestApplication.OPERATOR)
                            .get(id))
                    .isBetween(before.minusSeconds(1), Instant.now());
        }
    }

    private static final class Forward extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            request.getRequestDispatcher("/items/1").forward(request, response);
        }
    }
}
