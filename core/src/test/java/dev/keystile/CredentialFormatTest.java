package dev.keystile;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.decision.Decision;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.PresentedKey;
import dev.keystile.key.Proof;
import dev.keystile.scope.ScopePolicy;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Credentials that are not plain keys pass through the same pipeline: here tokens that are signed and that expire. */
class CredentialFormatTest {

    /** {@code <key id>.<end in seconds>.<signature>}, signed with a key that only the test has. */
    private static final class SignedTokens implements CredentialFormat {

        private final AtomicInteger proofs = new AtomicInteger();

        static String sign(KeyId id, Instant end) {
            String signed = id + "." + end.getEpochSecond();
            return signed + "." + signature(signed);
        }

        private static String signature(String text) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
                return Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        @Override
        public int maxLength() {
            return 200;
        }

        @Override
        public Optional<PresentedKey> parse(String text) {
            String[] parts = text.split("\\.", -1);
            return parts.length == 3 && parts[0].length() == 12
                    ? Optional.of(new PresentedKey(new KeyId(parts[0]), "tk_live_", text))
                    : Optional.empty();
        }

        @Override
        public Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now) {
            proofs.incrementAndGet();
            String[] parts = presented.revealText().split("\\.", -1);
            boolean good = parts[2].equals(signature(parts[0] + "." + parts[1]));
            return good ? Proof.until(Instant.ofEpochSecond(Long.parseLong(parts[1]))) : Proof.failed();
        }
    }

    private final ManualTime time = new ManualTime();
    private final SignedTokens tokens = new SignedTokens();
    private final KeyStore store = KeyStore.inMemory();
    private final Keystile keystile = Keystile.builder(store)
            .prefixes(KeyPrefix.secret("tk_live_", LIVE))
            .format(tokens)
            .rules(ScopePolicy.builder().allow("GET", "/a", "a:read").build())
            .time(time)
            .build();

    private final IssuedKey issued = keystile.keyManager()
            .issue(NewKey.of("acme", "signer", LIVE).scopes("a:read").build(), new Actor.Operator("test"));

    CredentialFormatTest() {
        // What a signing key's secret is: no text was ever seen whose start could be compared.
        KeySecret secret = issued.key().newestSecret();
        KeySecret publicHalf =
                new KeySecret(2, "$test$public", KeySecret.NO_QUICK_CHECK, "", secret.createdAt(), Optional.empty());
        store.apply(new KeyChange(
                KeyAction.ROTATE,
                issued.key().toBuilder().secrets(List.of(publicHalf)).build(),
                "operator:test",
                Instant.ofEpochMilli(time.currentTimeMillis())));
    }

    @AfterEach
    void close() {
        keystile.close();
    }

    private Decision present(String text) {
        return keystile.decide(TestRequest.get("/a").bearer(text));
    }

    private Instant in(Duration wait) {
        return Instant.ofEpochMilli(time.currentTimeMillis()).plus(wait);
    }

    private static DenialCause cause(Decision decision) {
        return ((Denied) decision).cause();
    }

    @Test
    void signedToken_isProvenOnce_andWorksUntilItsEnd() {
        String token = SignedTokens.sign(issued.key().id(), in(Duration.ofMinutes(5)));

        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(tokens.proofs).hasValue(1);
        assertThat(present(token).principal().orElseThrow().account()).isEqualTo("acme");
    }

    @Test
    void signedToken_afterItsEnd_opensNothing() {
        String token = SignedTokens.sign(issued.key().id(), in(Duration.ofSeconds(60)));
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);

        time.advance(Duration.ofSeconds(61));

        // This format proves the signature and leaves the end to the pipeline.
        assertThat(cause(present(token))).isEqualTo(DenialCause.KEY_EXPIRED);
    }

    @Test
    void forgedToken_isRefused() {
        String token = SignedTokens.sign(issued.key().id(), in(Duration.ofMinutes(5)));

        assertThat(cause(present(token.substring(0, token.length() - 2) + "AA")))
                .isEqualTo(DenialCause.KEY_WRONG_SECRET);
    }

    @Test
    void revocation_beatsTheCache() {
        String token = SignedTokens.sign(issued.key().id(), in(Duration.ofMinutes(5)));
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);

        keystile.keyManager().revoke(issued.key().id(), new Actor.Operator("test"));

        assertThat(cause(present(token))).isEqualTo(DenialCause.KEY_REVOKED);
    }
}
