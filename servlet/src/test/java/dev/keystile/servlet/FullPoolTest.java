package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.scope.ScopePolicy;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A flood of wrong texts for one key of which nothing but a proof can tell that they are wrong. */
@Timeout(60)
class FullPoolTest {

    private static final String PREFIX = "tk_live_";
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int TEXTS_A_KEY = 32;

    @TempDir
    Path folder;

    private final CountDownLatch gate = new CountDownLatch(1);

    @Test
    void oneKeyFlooded_answers503WithRetryAfterPastItsBound_andOthersAreServed() throws Exception {
        KeyStore store = KeyStore.inMemory();
        Held hasher = new Held();
        try (Keystile keystile = Keystile.builder(store)
                        .prefixes(KeyPrefix.secret(PREFIX, KeyEnvironment.LIVE))
                        .hashers(hasher)
                        .rules(ScopePolicy.builder()
                                .allow("GET", "/items", "items:read")
                                .build())
                        .build();
                TestApplication application = TestApplication.start(folder, keystile, Map.of("/items", new Empty()))) {
            IssuedKey flooded = issue(keystile);
            IssuedKey other = issue(keystile);
            forgetQuickCheck(store, flooded.key());
            hasher.heldUp = flooded.key().id().text();

            BlockingQueue<HttpResponse<String>> told = new LinkedBlockingQueue<>();
            List<CompletableFuture<Integer>> statuses = new ArrayList<>();
            for (int i = 0; i < TEXTS_A_KEY + 8; i++) {
                statuses.add(application
                        .getAsync("/items", "Authorization", "Bearer " + wrongText(flooded.key(), i))
                        .thenApply(answer -> {
                            told.add(answer);
                            return answer.statusCode();
                        }));
            }
            for (int i = 1; i <= 8; i++) {
                assertThat(told.poll(30, TimeUnit.SECONDS))
                        .as("answer %s of the 8 for which there is no room", i)
                        .isNotNull()
                        .satisfies(answer -> {
                            assertThat(answer.statusCode()).isEqualTo(503);
                            assertThat(answer.headers().firstValue("Retry-After"))
                                    .contains("1");
                        });
            }
            HttpResponse<String> ofOther = application.get("/items", "Authorization", "Bearer " + other.revealOnce());
            assertThat(ofOther.statusCode()).as("for the first time").isEqualTo(200);

            assertThat(told).as("answers while the gate is closed").isEmpty();
            gate.countDown();
            for (CompletableFuture<Integer> status : statuses) {
                assertThat(status.get(30, TimeUnit.SECONDS)).isIn(401, 503);
            }
            assertThat(told)
                    .extracting(HttpResponse::statusCode)
                    .hasSize(TEXTS_A_KEY)
                    .containsOnly(401);
        } finally {
            gate.countDown();
        }
    }

    private static IssuedKey issue(Keystile keystile) {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acct_1", "a key", KeyEnvironment.LIVE)
                                .scopes("items:read")
                                .build(),
                        TestApplication.OPERATOR);
    }

    private static void forgetQuickCheck(KeyStore store, ApiKey key) {
        KeySecret known = key.newestSecret();
        KeySecret unknown = new KeySecret(
                1, known.digest(), KeySecret.NO_QUICK_CHECK, known.lastFour(), known.createdAt(), Optional.empty());
        store.apply(new KeyChange(
                KeyAction.ROTATE, key.toBuilder().secrets(List.of(unknown)).build(), "test", Instant.now()));
    }

    /** A text of the key's id with a checksum that is right. */
    private static String wrongText(ApiKey key, int number) {
        String body = PREFIX + key.id() + String.format("%027d", number);
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        StringBuilder checksum = new StringBuilder();
        long rest = crc.getValue();
        for (int i = 0; i < 6; i++) {
            checksum.insert(0, DIGITS.charAt((int) (rest % 62)));
            rest /= 62;
        }
        return body + checksum;
    }

    /** A hasher that is at one key's texts until the gate opens. */
    private final class Held implements KeyHasher {

        private final KeyHasher hasher =
                KeyHasher.hmacSha256("a pepper of at least 32 bytes, for tests".getBytes(StandardCharsets.UTF_8));
        private volatile String heldUp = "nobody";

        @Override
        public String algorithm() {
            return hasher.algorithm();
        }

        @Override
        public String hash(byte[] text) {
            return hasher.hash(text);
        }

        @Override
        public boolean verify(byte[] text, String digest) {
            if (new String(text, StandardCharsets.US_ASCII).contains(heldUp)) {
                try {
                    assertThat(gate.await(30, TimeUnit.SECONDS))
                            .as("the test opens the gate of the proofs")
                            .isTrue();
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
            }
            return hasher.verify(text, digest);
        }

        @Override
        public void requireValid(String digest) {
            hasher.requireValid(digest);
        }
    }
}
