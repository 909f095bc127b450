package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningPairTest {

    private final SigningPair pair = SigningPair.draw();
    private final KeySecret secret = pair.secret(1, Instant.EPOCH);

    @Test
    void halves_belongTogether() throws GeneralSecurityException {
        String base64 = pair.revealPrivateHalf().replaceAll("-----[A-Z ]+-----", "");
        PrivateKey privateHalf = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(privateHalf);
        byte[] signed = signature.sign();

        signature.initVerify(secret.publicKey());
        assertThat(signature.verify(signed)).isTrue();
    }

    @Test
    void pairs_areDrawnAnew_andPrintNothing() {
        assertThat(SigningPair.draw().revealPrivateHalf()).isNotEqualTo(pair.revealPrivateHalf());
        assertThat(pair).hasToString("SigningPair[…]");
        assertThat(secret.toString()).doesNotContain(secret.digest().substring(40, 50));
    }

    @Test
    void whatIsStored_isWholeToThoseWhoJudgeOtherSecrets() {
        assertThat(secret.digest()).matches("\\$es256\\$[A-Za-z0-9+/]{122}");
        assertThat(secret.mayBe(0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$es256$", "$es256$AAAA", "$es256$!", "$argon2id$v=19$m=1024,t=1,p=1$AAAA$AAAA"})
    void publicKey_ofSomethingElse_isRefused(String stored) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SigningPair.publicKey(stored))
                .withMessageNotContaining("AAAA");
    }

    @Test
    void publicKey_thatIsNoPointOfTheCurve_isRefused() {
        byte[] encoded = Base64.getDecoder().decode(secret.digest().substring("$es256$".length()));
        byte[] beside = encoded.clone();
        beside[encoded.length - 1] ^= 1;
        byte[] infinite = encoded.clone();
        Arrays.fill(infinite, encoded.length - 64, encoded.length, (byte) 0);
        byte[] beyond = encoded.clone();
        Arrays.fill(beyond, encoded.length - 64, encoded.length, (byte) -1);

        for (byte[] wrong : new byte[][] {beside, infinite, beyond, Arrays.copyOf(encoded, 90)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> SigningPair.publicKey(stored(wrong)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp384r1", "secp521r1"})
    void publicKey_ofAnotherCurve_isRefused(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SigningPair.publicKey(
                        stored(generator.generateKeyPair().getPublic().getEncoded())));
    }

    private static String stored(byte[] encoded) {
        return "$es256$" + Base64.getEncoder().withoutPadding().encodeToString(encoded);
    }
}
