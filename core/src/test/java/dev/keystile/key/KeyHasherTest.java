package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import de.mkammerer.argon2.Argon2Advanced;
import de.mkammerer.argon2.Argon2Factory;
import de.mkammerer.argon2.Argon2Factory.Argon2Types;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyHasherTest {

    private static final KeyHasher ARGON2ID = KeyHasher.argon2id();
    private static final byte[] PEPPER = ascii("0123456789abcdef0123456789abcdef");
    private static final KeyHasher HMAC = KeyHasher.hmacSha256(PEPPER);

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** From the test suite of the reference implementation. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "password $argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "password $argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                "password $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "password $argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg",
            })
    void argon2id_knownAnswer_isVerified(String text, String digest) {
        ARGON2ID.requireValid(digest);
        assertThat(ARGON2ID.verify(ascii(text), digest)).isTrue();
        assertThat(ARGON2ID.verify(ascii(text + "x"), digest)).isFalse();
    }

    static Stream<KeyHasher> hashers() {
        return Stream.of(ARGON2ID, HMAC);
    }

    @ParameterizedTest
    @MethodSource("hashers")
    void ownDigest_isValidAndVerifiesItsTextAlone(KeyHasher hasher) {
        byte[] text = ascii("acme_live_0123456789");
        String digest = hasher.hash(text);
        assertThat(digest).startsWith("$" + hasher.algorithm() + "$").doesNotContain("acme_live_");
        hasher.requireValid(digest);
        assertThat(hasher.verify(text, digest)).isTrue();
        for (String other : List.of("", "acme_live_012345678", "acme_live_01234567890", "ACME_live_0123456789")) {
            assertThat(hasher.verify(ascii(other), digest)).as(other).isFalse();
        }
    }

    @Test
    void argon2id_recordsItsCost_andSaltsEachDigest() {
        KeyHasher costly = KeyHasher.argon2id(new Argon2Cost(2048, 3, 2));
        String digest = costly.hash(ascii("text"));
        assertThat(digest).startsWith("$argon2id$v=19$m=2048,t=3,p=2$");
        assertThat(costly.hash(ascii("text"))).isNotEqualTo(digest);
        assertThat(ARGON2ID.hash(ascii("text"))).startsWith("$argon2id$v=19$m=1024,t=1,p=1$");
        assertThat(ARGON2ID.verify(ascii("text"), digest))
                .as("judged at the cost recorded")
                .isTrue();
    }

    /** The native library's own way to verify calls every text wrong when it has no memory. */
    @Test
    void argon2id_libraryThatFails_isUnavailable_andNoTextIsWrong() {
        Argon2Advanced library = Argon2Factory.createAdvanced(Argon2Types.ARGON2id);
        AtomicBoolean failing = new AtomicBoolean();
        Argon2Advanced sometimes = (Argon2Advanced) Proxy.newProxyInstance(
                Argon2Advanced.class.getClassLoader(),
                new Class<?>[] {Argon2Advanced.class},
                (proxy, called, arguments) -> {
                    if (!failing.get()) {
                        return called.invoke(library, arguments);
                    }
                    if (called.getName().equals("verify")) {
                        return false;
                    }
                    throw new IllegalStateException("Memory allocation error (-22)");
                });
        KeyHasher hasher = new Argon2idHasher(sometimes, Argon2Cost.MINTED);
        String digest = hasher.hash(ascii("text"));
        failing.set(true);

        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> hasher.verify(ascii("text"), digest))
                .withMessage("argon2id: the native library failed");
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> hasher.hash(ascii("text")));

        failing.set(false);
        assertThat(hasher.verify(ascii("text"), digest)).isTrue();
    }

    /** RFC 4231, test case 6. */
    @Test
    void hmac_knownAnswer() {
        byte[] key = new byte[131];
        Arrays.fill(key, (byte) 0xaa);
        String digest = KeyHasher.hmacSha256(key).hash(ascii("Test Using Larger Than Block-Size Key - Hash Key First"));
        assertThat(digest)
                .matches("\\$hmac-sha256\\$k=[0-9a-f]{8}\\$.*")
                .endsWith("$"
                        + Base64.getEncoder()
                                .withoutPadding()
                                .encodeToString(HexFormat.of()
                                        .parseHex("60e431591ee0b67f0d8a26aacbf5b77f"
                                                + "8e0bc6213728c5140546040f0ee37f54")));
    }

    @Test
    void hmac_ofAnotherPepper_isRefusedBeforeItIsJudged() {
        String digest = HMAC.hash(ascii("text"));
        KeyHasher other = KeyHasher.hmacSha256(ascii("another pepper, also of 32 bytes"));
        assertThatIllegalStateException()
                .isThrownBy(() -> other.requireValid(digest))
                .withMessageContaining("another pepper")
                .withMessageNotContaining(digest.substring(digest.length() - 12));
        assertThat(other.hash(ascii("text"))).isNotEqualTo(digest);
    }

    @Test
    void pepper_isCopied() {
        byte[] pepper = PEPPER.clone();
        KeyHasher hasher = KeyHasher.hmacSha256(pepper);
        Arrays.fill(pepper, (byte) 0);
        assertThat(hasher.hash(ascii("text"))).isEqualTo(HMAC.hash(ascii("text")));
    }

    @Test
    void pepper_tooShort_isRefusedWithoutBeingShown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyHasher.hmacSha256(ascii("only31bytesonly31bytesonly31byt")))
                .withMessageContaining("31 bytes")
                .withMessageNotContaining("only31");
    }

    static Stream<String> damaged_argon2id_isRefusedAndNotRepeated() {
        String hash = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        return Stream.of(
                "",
                "plain",
                hash,
                "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash + "$",
                "$argon2id$v=19$" + hash + "$c29tZXNhbHQ$m=256,t=2,p=1",
                "$argon2id$v=19$m=256,t=2$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$m=256,t=2,p=1,x=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$t=2,m=256,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$" + hash,
                // Java would read these, and no PHC string is spelled so.
                "$argon2id$v=19$m=+256,t=2,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$m=0256,t=2,p=1$c29tZXNhbHQ$" + hash,
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$" + hash,
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash + "=",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHR$" + hash,
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash.replace('/', '!'),
                "$argon2id$v=19$m=256,t=2,p=1$c29t$" + hash,
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgL",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash.substring(0, hash.length() - 2));
    }

    @ParameterizedTest
    @MethodSource
    void damaged_argon2id_isRefusedAndNotRepeated(String digest) {
        assertRefusedAndNotRepeated(ARGON2ID, digest, List.of("nf65EOgL", "c29tZXNhbH", "plain"));
    }

    static Stream<String> damaged_hmac_isRefusedAndNotRepeated() {
        String digest = HMAC.hash(ascii("text"));
        String start = digest.substring(0, digest.lastIndexOf('$') + 1);
        String hash = digest.substring(start.length());
        return Stream.of(
                "",
                hash,
                "$hmac-sha256$" + hash,
                start.toUpperCase(Locale.ROOT) + hash,
                start.replace("k=", "k=g").substring(0, start.length()) + hash,
                start.substring(0, start.length() - 1) + "0" + hash,
                start.substring(0, start.length() - 1),
                "$hmac-sha256$k=00000000$" + hash.substring(1),
                start,
                start + hash.substring(1),
                start + hash + "AAAA",
                start + "!" + hash.substring(1));
    }

    @ParameterizedTest
    @MethodSource
    void damaged_hmac_isRefusedAndNotRepeated(String digest) {
        String whole = HMAC.hash(ascii("text"));
        assertRefusedAndNotRepeated(HMAC, digest, List.of(whole.substring(whole.length() - 12)));
    }

    private static void assertRefusedAndNotRepeated(KeyHasher hasher, String digest, List<String> parts) {
        IllegalArgumentException refused =
                catchThrowableOfType(IllegalArgumentException.class, () -> hasher.requireValid(digest));
        assertThat(refused).isNotNull();
        for (Throwable each = refused; each != null; each = each.getCause()) {
            assertThat(String.valueOf(each.getMessage())).doesNotContain(parts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"m=1024,t=1,p=1", "m=8,t=1,p=1", "m=262144,t=16,p=4", "m=19456,t=2,p=1"})
    void cost_readable_isReadAndShownAlike(String text) {
        assertThat(Argon2Cost.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "m=1024",
                "m=1024,t=1",
                "1024,1,1",
                "m=1024,t=1,p=1,",
                "t=1,m=1024,p=1",
                "m=x,t=1,p=1",
                "m=7,t=1,p=1",
                "m=262145,t=1,p=1",
                "m=1024,t=0,p=1",
                "m=1024,t=17,p=1",
                "m=1024,t=1,p=0",
                "m=1024,t=1,p=9",
                "m=16,t=1,p=4",
            })
    void cost_outOfBounds_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Argon2Cost.parse(text))
                .withMessageContaining("expected");
    }

    @Test
    void bouncyCastle_isNotNeeded() {
        assertThatExceptionOfType(ClassNotFoundException.class)
                .isThrownBy(() -> Class.forName("org.bouncycastle.crypto.generators.Argon2BytesGenerator"));
    }
}
