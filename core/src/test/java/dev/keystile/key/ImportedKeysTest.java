package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.Await;
import dev.keystile.FaultyStore;
import dev.keystile.ManualTime;
import dev.keystile.key.KeyRefusedException.Reason;
import dev.keystile.key.Verification.Rejected;
import dev.keystile.key.Verification.Verified;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that were minted elsewhere: from their digest to their first use and what is stored then, and who may import them. */
@Timeout(60)
final class ImportedKeysTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final KeyHasher LIGHT = KeyHasher.argon2id(new Argon2Cost(64, 1, 1));
    private static final KeyHasher RENEWING = KeyHasher.argon2id(new Argon2Cost(128, 1, 1));
    private static final String DJANGO_KEY = "w4Qd7xkN.hT3v9bQmR2sLwZy8XcJ5nPa6VgKf1DuE";
    private static final String SEAM_KEY = "mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG";
    private static final String SEAM_DIGEST = "d70d981d87b449c107327c2a2afbf00d4b58070d6ba571aac35d7ea3e7c79f37";

    private static final ImportFormat SEAM = format("seam")
            .prefix("mycompany_")
            .publicPart(KeyAlphabet.BASE58, 8, 8, '_')
            .secretPart(KeyAlphabet.BASE58, 24, 24)
            .digest(ImportDigest.SHA256)
            .build();
    private static final ImportFormat DJANGO = format("django")
            .publicPart(KeyAlphabet.BASE62, 8, 8, '.')
            .secretPart(KeyAlphabet.BASE62, 32, 32)
            .digest(ImportDigest.DJANGO)
            .ofText()
            .build();
    private static final ImportFormat UNKEY = format("unkey")
            .secretPart(KeyAlphabet.BASE58, 20, 24)
            .digest(ImportDigest.SHA256)
            .build();
    private static final ImportFormat BCRYPT = format("bcrypt")
            .publicPart(KeyAlphabet.DIGITS, 1, 9, '|')
            .secretPart(KeyAlphabet.LETTERS, 26, 26)
            .digest(ImportDigest.BCRYPT)
            .build();
    private static final ImportFormat SALTED = format("salted")
            .prefix("salted_")
            .publicPart(KeyAlphabet.DIGITS, 1, 9, '.')
            .secretPart(KeyAlphabet.LETTERS, 26, 26)
            .digest(ImportDigest.SHA512)
            .saltBefore()
            .build();
    private static final ImportFormat ARGON2 = format("argon2")
            .prefix("argon2_")
            .publicPart(KeyAlphabet.DIGITS, 1, 9, '.')
            .secretPart(KeyAlphabet.LETTERS, 26, 26)
            .digest(ImportDigest.ARGON2ID)
            .build();
    /** Keys of which four characters more or less matter. */
    private static final ImportFormat SHORT = format("short")
            .prefix("short_")
            .secretPart(KeyAlphabet.BASE62, 17, 17)
            .digest(ImportDigest.SHA256)
            .build();
    /** Keys that begin as minted ones do. */
    private static final ImportFormat OLD = format("old")
            .prefix("acme_live_")
            .secretPart(KeyAlphabet.BASE62, 24, 24)
            .digest(ImportDigest.SHA256)
            .build();

    private final ManualTime time = new ManualTime();
    private final KeyStore records = KeyStore.inMemory();
    private final FaultyStore store = new FaultyStore(records);
    private final List<AutoCloseable> opened = new ArrayList<>();

    private static ImportFormat.Builder format(String name) {
        return ImportFormat.builder(name, KeyKind.SECRET, LIVE);
    }

    private KeyVerifier<String> open(KeyHasher newest) {
        KeyVerifier<String> verifier = KeyVerifier.builder(
                        store, new KeyFormat(List.of(KeyPrefix.secret("acme_live_", LIVE)), List.of(newest)))
                .imports(List.of(SEAM, DJANGO, UNKEY, BCRYPT, SALTED, ARGON2, SHORT, OLD))
                .importedHasher(newest == LIGHT ? RENEWING : newest)
                .maxAge(LIVE, Duration.ofDays(90))
                .time(time)
                .build(key -> "");
        opened.add(verifier);
        return verifier;
    }

    private static KeyManager managerOf(KeyVerifier<?> verifier) {
        return verifier.manager(
                ScopeCatalog.builder()
                        .scope(new KeyScope("a:read"))
                        .scope(new KeyScope("a:write"))
                        .build(),
                Set.of("pro"),
                Set.of("admin"));
    }

    private final KeyVerifier<String> verifier = open(LIGHT);
    private final KeyManager manager = managerOf(verifier);

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private static ImportedKey.Builder seam() {
        return ImportedKey.of("seam", "acme", "a key", SEAM_DIGEST).publicPart("BRTRKFsL");
    }

    private KeyId imported(ImportedKey.Builder key) {
        ImportResult result = manager.importKeys(List.of(key.build()), OPERATOR).get(0);
        assertThat(result.there()).isFalse();
        return result.id();
    }

    private static boolean isGood(KeyVerifier<?> by, String text) {
        return by.verify(text) instanceof Verified;
    }

    private static Verification.Reason objection(KeyVerifier<?> by, String text) {
        return ((Rejected<?>) by.verify(text)).reason();
    }

    private KeySecret secretOf(KeyId id) {
        return records.find(id).orElseThrow().newestSecret();
    }

    private void awaitUpgrade(KeyVerifier<?> by) {
        Await.until("the upgrade", () -> !by.isUpgrading());
    }

    private static Refusal refused(Reason reason, String... parts) {
        return new Refusal(reason, List.of(parts));
    }

    private record Refusal(Reason reason, List<String> parts) {
        void when(ThrowingCallable call) {
            assertThatExceptionOfType(KeyRefusedException.class)
                    .isThrownBy(call)
                    .satisfies(it -> assertThat(it.reason()).isEqualTo(reason))
                    .withMessageContainingAll(parts.toArray(String[]::new));
        }
    }

    /** By Python's hashlib and libxcrypt; jBCrypt's own vector; the reference implementation of Argon2. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            seam ; BRTRKFsL ; ; mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG ; d70d981d87b449c107327c2a2afbf00d4b58070d6ba571aac35d7ea3e7c79f37
            unkey ; ; ; MVgWNsyPmv6VthC9moCNAPwS ; CptSN3vQ0shZLIsdT5c/tlpeFK/qqxY0R/aQNCfKhWs=
            django ; w4Qd7xkN ; ; w4Qd7xkN.hT3v9bQmR2sLwZy8XcJ5nPa6VgKf1DuE ; sha512$$d585d953286fe398e72ffc1d6facfc99b3274fa3f4560d30dea349234e8008119074d5924036bb03f9eecff6640fb8cfd3b63b7e267a83b23807e33b1d465c20
            django ; w4Qd7xkN ; ; w4Qd7xkN.hT3v9bQmR2sLwZy8XcJ5nPa6VgKf1DuE ; pbkdf2_sha256$260000$YkP3xq7Lm2Rt$V8kpAXsttvFbzN1cHIVd9EME3BtR5sPbQZMHDKDxABM=
            django ; w4Qd7xkN ; ; w4Qd7xkN.hT3v9bQmR2sLwZy8XcJ5nPa6VgKf1DuE ; bcrypt_sha256$$2b$08$fVH8e28OQRj9tqiDXs1e1uut4hG/qUGtauyu.4PW9NgY8/vCqlOq2
            django ; w4Qd7xkN ; ; w4Qd7xkN.hT3v9bQmR2sLwZy8XcJ5nPa6VgKf1DuE ; bcrypt$$2b$08$fVH8e28OQRj9tqiDXs1e1uLILFEGOGGIkYdKZSjNCzqPEpxTBwS2C
            bcrypt ; 17 ; ; 17|abcdefghijklmnopqrstuvwxyz ; $2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq
            bcrypt ; 17 ; ; 17|abcdefghijklmnopqrstuvwxyz ; $2b$08$fVH8e28OQRj9tqiDXs1e1u.vpYs8fB5s6sOq2UCnChbVTswMiVwCO
            bcrypt ; 17 ; ; 17|abcdefghijklmnopqrstuvwxyz ; $2y$08$fVH8e28OQRj9tqiDXs1e1u.vpYs8fB5s6sOq2UCnChbVTswMiVwCO
            salted ; 3 ; pepper & ü ; salted_3.abcdefghijklmnopqrstuvwxyz ; SALTED
            argon2 ; 3 ; ; argon2_3.abcdefghijklmnopqrstuvwxyz ; ARGON2
            """)
    void key_worksFromItsFirstUse_isStoredAnew_andGoesOnWorking(
            String format, String publicPart, String salt, String text, String digest) {
        ImportedKey.Builder key = ImportedKey.of(format, "acme", "a key", madeHere(digest));
        if (publicPart != null) {
            key.publicPart(publicPart);
        }
        if (salt != null) {
            key.salt(salt);
        }
        KeyId id = imported(key);
        String wrong = text.substring(0, text.length() - 1) + (text.endsWith("z") ? "y" : "z");
        assertThat(isGood(verifier, wrong)).isFalse();

        assertThat(isGood(verifier, text)).isTrue();

        awaitUpgrade(verifier);
        KeySecret upgraded = secretOf(id);
        assertThat(upgraded.digest()).startsWith("$argon2id$v=19$m=128,t=1,p=1$");
        assertThat(upgraded.quickCheck()).isEqualTo(KeySecret.NO_QUICK_CHECK);
        assertThat(upgraded.lastFour()).isEqualTo(text.substring(text.length() - 4));
        KeyVerifier<String> restarted = open(LIGHT);
        assertThat(isGood(restarted, wrong)).isFalse();
        assertThat(isGood(restarted, text)).isTrue();
        awaitUpgrade(restarted);
        assertThat(secretOf(id)).isEqualTo(upgraded);
    }

    private static String madeHere(String digest) {
        byte[] text = "abcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);
        return switch (digest) {
            case "SALTED" ->
                HexFormat.of()
                        .formatHex(ForeignHashers.messageDigest("SHA-512")
                                .digest("pepper & üabcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.UTF_8)));
            case "ARGON2" -> KeyHasher.argon2id(new Argon2Cost(64, 1, 2)).hash(text);
            default -> digest;
        };
    }

    /** Django's own vector. */
    @Test
    void pbkdf2_knownAnswer() {
        KeyHasher pbkdf2 = new Pbkdf2Hasher();
        String stored = new WrittenDigest(ImportDigest.DJANGO, ImportFormat.Salt.NONE, true)
                .stored("pbkdf2_sha256$24000$seasalt$V9DfCAVoweeLwxC/L2mb+7swhzF0XYdyQMqmusZqiTc=", new byte[0], "");
        assertThat(pbkdf2.verify("lètmein".getBytes(StandardCharsets.UTF_8), stored))
                .isTrue();
        assertThat(pbkdf2.verify("letmein".getBytes(StandardCharsets.UTF_8), stored))
                .isFalse();
    }

    @Test
    void djangoPlain_isSaltedWithThePublicPart() {
        String hash = HexFormat.of()
                .formatHex(ForeignHashers.messageDigest("SHA-256")
                        .digest((DJANGO_KEY + "w4Qd7xkN").getBytes(StandardCharsets.US_ASCII)));
        imported(ImportedKey.of("django", "acme", "k", "plain_sha256$$" + hash).publicPart("w4Qd7xkN"));
        assertThat(isGood(verifier, DJANGO_KEY)).isTrue();
    }

    @Test
    void argon2id_byDjango_isJudgedWithItsEightLanes() {
        String django = "argon2"
                + KeyHasher.argon2id(new Argon2Cost(64, 1, 8)).hash(DJANGO_KEY.getBytes(StandardCharsets.US_ASCII));
        imported(ImportedKey.of("django", "acme", "k", django).publicPart("w4Qd7xkN"));
        assertThat(isGood(verifier, DJANGO_KEY)).isTrue();
    }

    @Test
    void pepperedHmac_whereThatIsSet_isWhatAKeyIsStoredAnewBy() {
        KeyHasher hmac =
                KeyHasher.hmacSha256("a pepper of at least 32 bytes, for tests".getBytes(StandardCharsets.UTF_8));
        KeyVerifier<String> peppered = open(hmac);
        KeyId id = imported(seam());
        assertThat(isGood(peppered, SEAM_KEY)).isTrue();
        awaitUpgrade(peppered);
        assertThat(secretOf(id).digest()).startsWith("$hmac-sha256$");
    }

    @Test
    void allThatIsKnownOfAKey_isStored_andTold() {
        Instant created = ManualTime.START.minus(Duration.ofDays(900));
        KeyId id = imported(seam().member("usr_7")
                .scopes("a:read")
                .plan("pro")
                .attribute("project", "p1")
                .addresses(List.of(AddressRange.parse("10.0.0.0/8")))
                .createdAt(created)
                .expiresAt(ManualTime.START.plus(Duration.ofDays(900)))
                .lastFour("HCgG"));

        ApiKey key = records.find(id).orElseThrow();
        assertThat(key.prefix()).isEqualTo("mycompany_");
        assertThat(key.environment()).isEqualTo(LIVE);
        assertThat(key.member()).contains("usr_7");
        assertThat(key.scopes()).containsExactly(new KeyScope("a:read"));
        assertThat(key.plan()).contains("pro");
        assertThat(key.attributes()).isEqualTo(Map.of("project", "p1"));
        assertThat(key.addresses()).hasSize(1);
        assertThat(key.createdAt()).isEqualTo(created);
        assertThat(key.createdBy()).isEqualTo("operator:test");
        assertThat(key.expiresAt())
                .as("an operator's word, whatever new keys may last")
                .contains(ManualTime.START.plus(Duration.ofDays(900)));
        assertThat(key.newestSecret().lastFour()).isEqualTo("HCgG");
        assertThat(manager.audit(AuditQuery.ofAccount("acme"), OPERATOR).entries())
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.action()).isEqualTo(KeyAction.IMPORT);
                    assertThat(entry.detail())
                            .contains("\"a key\"", "format seam", "scopes a:read")
                            .doesNotContain("d70d");
                });
    }

    @Test
    void disabledKey_opensNothing_untilItIsEnabled() {
        KeyId id = imported(seam().disabled());
        assertThat(objection(verifier, SEAM_KEY)).isEqualTo(Verification.Reason.DISABLED);
        manager.enable(id, OPERATOR);
        assertThat(isGood(verifier, SEAM_KEY)).isTrue();
    }

    @Test
    void revokedKey_opensNothing_andImportingItAgainDoesNotBringItBack() {
        KeyId id = imported(seam());
        assertThat(isGood(verifier, SEAM_KEY)).isTrue();
        awaitUpgrade(verifier);
        manager.revoke(id, OPERATOR);

        assertThat(manager.importKeys(List.of(seam().build()), OPERATOR)).containsExactly(new ImportResult(id, true));
        assertThat(objection(verifier, SEAM_KEY)).isEqualTo(Verification.Reason.REVOKED);
    }

    @Test
    void keyThatIsThere_isLeftAsItIs_andAnotherInItsPlaceIsRefused() {
        KeyId id = imported(seam());
        long revision = records.revision();

        assertThat(manager.checkImport(seam().build(), OPERATOR)).isEqualTo(new ImportResult(id, true));
        assertThat(manager.importKeys(List.of(seam().build()), OPERATOR)).containsExactly(new ImportResult(id, true));
        assertThat(records.revision()).isEqualTo(revision);
        ImportedKey other = ImportedKey.of("seam", "acme", "k", SEAM_DIGEST.replace('d', 'e'))
                .publicPart("BRTRKFsL")
                .build();
        refused(Reason.CONFLICT, "with another digest").when(() -> manager.checkImport(other, OPERATOR));
        refused(Reason.CONFLICT, "with another digest").when(() -> manager.importKeys(List.of(other), OPERATOR));
        ImportedKey others = ImportedKey.of("seam", "other", "k", SEAM_DIGEST)
                .publicPart("BRTRKFsL")
                .build();
        refused(Reason.CONFLICT, "belongs to another account").when(() -> manager.checkImport(others, OPERATOR));
    }

    @Test
    void member_isNotToldOfKeysOfOtherAccounts() {
        imported(ImportedKey.of("seam", "other", "k", SEAM_DIGEST).publicPart("BRTRKFsL"));
        assertThatExceptionOfType(KeyRefusedException.class)
                .isThrownBy(() -> manager.importKeys(List.of(seam().build()), member("admin")))
                .withMessageEndingWith("is there already, and is another one");
    }

    @Test
    void someOfThemThere_importsTheRest() {
        KeyId first = imported(seam());
        ImportedKey second = ImportedKey.of("seam", "acme", "k", SEAM_DIGEST)
                .publicPart("BRTRKFsM")
                .build();
        assertThat(manager.importKeys(List.of(seam().build(), second), OPERATOR))
                .extracting(ImportResult::there)
                .containsExactly(true, false);
        assertThat(records.list(KeyQuery.ofAccount("acme")).keys())
                .hasSize(2)
                .extracting(ApiKey::id)
                .contains(first);
    }

    @Test
    void suspendedAccount_getsNoNewKey_andKeepsThoseItHas() {
        KeyId first = imported(seam());
        ImportedKey second = ImportedKey.of("seam", "acme", "k", SEAM_DIGEST)
                .publicPart("BRTRKFsM")
                .build();
        manager.suspendAccount("acme", OPERATOR);
        refused(Reason.INVALID, "account acme is suspended").when(() -> manager.checkImport(second, OPERATOR));
        refused(Reason.INVALID, "account acme is suspended").when(() -> manager.importKeys(List.of(second), OPERATOR));
        refused(Reason.INVALID, "account acme is suspended")
                .when(() -> manager.importKeys(List.of(second), member("admin")));
        assertThat(manager.checkImport(seam().build(), OPERATOR)).isEqualTo(new ImportResult(first, true));
        assertThat(manager.importKeys(List.of(seam().build()), OPERATOR))
                .containsExactly(new ImportResult(first, true));
    }

    @Test
    void oneThatIsWrong_keepsAllFromBeingImported() {
        ImportedKey wrong = seam().publicPart("BRTRKFs0").scopes("b:read").build();
        refused(
                        Reason.INVALID,
                        "public: expected the public part of the key: 8 characters of base58",
                        "scopes [b:read]")
                .when(() -> manager.importKeys(List.of(seam().build(), wrong), OPERATOR));
        assertThat(records.revision()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$2b$15$", "$2b$31$", "$2x$10$", "$2b$10", "plain", "$argon2id$"})
    void digest_thatNobodyCouldJudge_isRefusedAtOnce(String start) {
        ImportedKey key = ImportedKey.of(
                        "bcrypt", "acme", "k", start + "fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq")
                .publicPart("17")
                .build();
        refused(Reason.INVALID, "digest: expected bcrypt: $2a$, $2b$ or $2y$, a cost of 4 to 14")
                .when(() -> manager.checkImport(key, OPERATOR));
    }

    @Test
    void expiredKey_orOneOfTheFuture_isRefused() {
        refused(Reason.INVALID, "expires_at: it expired at")
                .when(() ->
                        manager.checkImport(seam().expiresAt(ManualTime.START).build(), OPERATOR));
        refused(Reason.INVALID, "created_at: expected a time that has come")
                .when(() -> manager.checkImport(
                        seam().createdAt(ManualTime.START.plusSeconds(1)).build(), OPERATOR));
    }

    private static Actor.Member member(String role) {
        return new Actor.Member(
                "acme",
                "usr_7",
                Set.of(role),
                new Grants(Set.of(new KeyScope("a:read")), Set.of(), Set.of(), Map.of()),
                Optional.empty());
    }

    @Test
    void member_isHeldToWhatTheyCouldIssue() {
        refused(Reason.FORBIDDEN, "none of the roles")
                .when(() -> manager.importKeys(List.of(seam().build()), member("reader")));
        refused(Reason.FORBIDDEN, "may not grant scopes [a:write]")
                .when(() -> manager.importKeys(List.of(seam().scopes("a:write").build()), member("admin")));
        refused(Reason.FORBIDDEN, "key of another member")
                .when(() -> manager.importKeys(List.of(seam().member("usr_8").build()), member("admin")));
        refused(Reason.FORBIDDEN, "acts for another account")
                .when(() -> manager.importKeys(
                        List.of(ImportedKey.of("seam", "other", "k", SEAM_DIGEST)
                                .build()),
                        member("admin")));
        refused(Reason.INVALID, "last 90d at most")
                .when(() -> manager.importKeys(
                        List.of(seam().expiresAt(ManualTime.START.plus(Duration.ofDays(91)))
                                .build()),
                        member("admin")));

        ImportResult done = manager.importKeys(
                        List.of(seam().scopes("a:read").member("usr_7").build()), member("admin"))
                .get(0);
        assertThat(records.find(done.id()).orElseThrow().expiresAt())
                .contains(ManualTime.START.plus(Duration.ofDays(90)));
    }

    @Test
    void rotation_ofAKeyThatNothingMintedBeginsAs_isRefusedWithAWayOut() {
        KeyId id = imported(seam());
        refused(Reason.INVALID, "minted elsewhere", "issue a new key", "revoke this one")
                .when(() -> manager.rotate(id, Overlap.none(), OPERATOR));
        assertThat(manager.actionsOn(records.find(id).orElseThrow(), OPERATOR)).doesNotContain(KeyAction.ROTATE);
    }

    @Test
    void rotation_ofAKeyThatBeginsAsMintedOnes_givesItAMintedSecret() {
        String old = "acme_live_" + "a1B2c3D4e5F6g7H8i9J0k1L2";
        KeyId id = imported(ImportedKey.of(
                "old",
                "acme",
                "a key",
                HexFormat.of()
                        .formatHex(ForeignHashers.messageDigest("SHA-256")
                                .digest(old.getBytes(StandardCharsets.US_ASCII)))));

        IssuedKey rotated = manager.rotate(id, Overlap.of(Duration.ofHours(1)), OPERATOR);

        String text = rotated.revealOnce();
        assertThat(rotated.key().id()).isEqualTo(id);
        assertThat(isGood(verifier, text)).isTrue();
        String wrong = text.substring(0, text.length() - 7) + (text.charAt(text.length() - 7) == 'A' ? 'B' : 'A');
        assertThat(objection(verifier, wrong + KeyFormat.checksumText(wrong)))
                .isEqualTo(Verification.Reason.WRONG_SECRET);
        assertThat(isGood(verifier, old)).isTrue();
        awaitUpgrade(verifier);
        assertThat(isGood(open(LIGHT), old)).isTrue();
        assertThat(isGood(open(LIGHT), text)).isTrue();
        time.advance(Duration.ofHours(2));
        assertThat(objection(verifier, old)).isEqualTo(Verification.Reason.SECRET_ENDED);
        assertThat(isGood(verifier, text)).isTrue();
    }

    @Test
    void lastFour_ofAKeyTooShortToShowThem_areNeitherTakenNorLearned() {
        String text = "short_a1B2c3D4e5F6g7H8i";
        ImportedKey.Builder key = ImportedKey.of(
                "short",
                "acme",
                "a key",
                HexFormat.of()
                        .formatHex(ForeignHashers.messageDigest("SHA-256")
                                .digest(text.getBytes(StandardCharsets.US_ASCII))));
        KeyId id = imported(key);

        assertThat(isGood(verifier, text)).isTrue();

        awaitUpgrade(verifier);
        assertThat(secretOf(id).digest()).startsWith("$argon2id$");
        assertThat(secretOf(id).lastFour()).isEmpty();
        refused(Reason.INVALID, "last_four: expected none")
                .when(() -> manager.checkImport(key.lastFour("H8i").build(), OPERATOR));
    }

    @Test
    void upgrade_thatLearnsTheLastFour_isNobodysChange() {
        ApiKey before = records.find(imported(seam())).orElseThrow();
        assertThat(isGood(verifier, SEAM_KEY)).isTrue();
        awaitUpgrade(verifier);
        ApiKey after = records.find(before.id()).orElseThrow();
        assertThat(after.newestSecret().lastFour()).isEqualTo("HCgG");
        assertThat(after.isSameButForUpkeep(before)).isTrue();
    }
}
