package dev.keystile.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keystile.Await;
import dev.keystile.InvalidConfigurationException;
import dev.keystile.KeyAdministration;
import dev.keystile.Keystile;
import dev.keystile.TestRequest;
import dev.keystile.decision.Allowed;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.ImportFormat;
import dev.keystile.key.ImportedKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyStore;
import dev.keystile.key.Verification;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code import.*}, as text. */
final class ImportSettingsTest {

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final String SANCTUM =
            "none secret live public=digits:1-20 separator=| secret=base62:40-80 digest=sha256";

    private static Settings settings(String... lines) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("key.prefixes", "acme_live_ secret live, acme_test_ secret test");
        values.put("store.type", "memory");
        values.put("rules.a", "GET /a authenticated");
        for (String line : lines) {
            int equals = line.indexOf('=');
            values.put(
                    line.substring(0, equals).strip(),
                    line.substring(equals + 1).strip());
        }
        return Settings.of(values);
    }

    private static List<String> problems(String... lines) {
        return catchThrowableOfType(
                        InvalidConfigurationException.class,
                        () -> settings(lines).open().close())
                .problems();
    }

    @Test
    void fiveSystems_areSetBesideEachOther() {
        try (KeyAdministration keys = settings(
                        "import.unkey = acme_ secret live secret=base58:20-44 digest=sha256",
                        "import.better-auth = none secret live secret=letters:64 digest=sha256",
                        "import.seam = mycompany_ secret test public=base58:8 separator=_ secret=base58:24 digest=sha256",
                        "import.django = none secret live public=base62:8 separator=. secret=base62:32 digest=django of=text",
                        "import.sanctum = " + SANCTUM)
                .openAdministration()) {
            assertThat(keys.keyManager().importFormats())
                    .extracting(ImportFormat::name)
                    .containsExactly("unkey", "better-auth", "seam", "django", "sanctum");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', textBlock = """
            ; '': expected <prefix> <kind> <environment> and what follows
            acme_ secret; 'acme_ secret': expected <prefix> <kind> <environment>
            acme_ hidden live secret=base62:40 digest=sha256; kind 'hidden': expected secret or publishable
            acme| secret live secret=base62:40 digest=sha256; key prefix 'acme|': expected letters
            acme_ secret live digest=sha256; there is no secret part: expected its alphabet and length
            acme_ secret live secret=base62:40; there is no digest: expected one of [sha256, sha512, django, bcrypt, argon2id]
            acme_ secret live secret=base61:40 digest=sha256; alphabet 'base61': expected one of [digits, hex, letters,
            acme_ secret live secret=base62 digest=sha256; '': expected a whole number, 1 or more
            acme_ secret live secret=base62:80-40 digest=sha256; length 80 to 40: expected 1 to 256, the shorter one first
            acme_ secret live secret=base62:40 digest=md5; digest 'md5': expected one of [sha256
            acme_ secret live secret=base62:40 digest=bcrypt; a salted digest is another one for each key, so that no key could be found by it
            acme_ secret live secret=base62:40 digest=argon2id; a salted digest is another one for each key
            acme_ secret live secret=base62:40 digest=django; a salted digest is another one for each key
            acme_ secret live secret=base62:40 digest=sha512 salt=before; a salted digest is another one for each key
            acme_ secret live secret=base62:13 digest=sha256; the secret part may have as few as 77 bits: expected 80 at least
            acme_ secret live public=digits:4 secret=base62:40 digest=sha256; expected public=<alphabet>:<length> and separator=<character> together
            acme_ secret live separator=_ secret=base62:40 digest=sha256; expected public=<alphabet>:<length> and separator=<character> together
            acme_ secret live public=digits:4 separator=: secret=base62:40 digest=sha256; separator ':': expected one of _-.~|+/=
            acme_ secret live secret=base62:40 secret=base62:41 digest=sha256; option 'secret' is given twice
            acme_ secret live secret=base62:40 digest=sha256 retired; option 'retired': expected public, separator, secret
            acme_ secret live secret=base62:40 digest=sha256 of=prefix; of 'prefix': expected one of [text, secret]
            acme_ secret live secret=base62:40 digest=sha256 version=0; '0': expected a whole number, 1 or more
            acme_live_ secret live secret=base62:45 digest=sha256; a text could be a minted key that begins with acme_live_ as well
            acme_test_ secret live secret=base62:40 digest=sha256; minted keys begin with acme_test_ too: expected the same kind
            """)
    void mistake_isToldWithWhatWouldBeRight(String value, String problem) {
        assertThat(problems("import.x = " + (value == null ? "" : value)))
                .anySatisfy(it -> assertThat(it).startsWith("import.x: ").contains(problem));
    }

    @Test
    void allMistakes_areToldAtOnce() {
        assertThat(problems(
                        "import.x = acme_ hidden live",
                        "import.y = acme_ secret live secret=base61:1 digest=md5 salt=no",
                        "import.Z = acme_ secret live secret=base62:40 digest=sha256",
                        "import.a = " + SANCTUM,
                        "import.b = " + SANCTUM,
                        "key.imported-argon2-cost = cheap"))
                .extracting(it -> it.replaceAll(": .*", ""))
                .containsExactlyInAnyOrder(
                        "import.x",
                        "import.y",
                        "import.y",
                        "import.y",
                        "import.Z",
                        "import.b",
                        "key.imported-argon2-cost");
    }

    @Test
    void nameOfAnotherSetting_isSuggested() {
        assertThat(problems("imports.x = " + SANCTUM))
                .singleElement()
                .asString()
                .contains("did you mean import.x?");
    }

    @Test
    void environmentOfAFormat_isServed_andMayHaveAges() {
        try (Keystile keystile = settings(
                        "import.x = none secret legacy secret=base62:40 digest=sha256",
                        "key.max-age = legacy 30d",
                        "environments = legacy, live")
                .open()) {
            assertThat(keystile.keyManager().importFormats()).hasSize(1);
        }
        assertThat(problems("environments = legacy"))
                .singleElement()
                .asString()
                .contains("no prefix is of environment");
    }

    @Test
    void importedKey_isStoredAnewAtTheCostSet() throws Exception {
        String text = "17|" + "a1B2c3D4".repeat(5);
        KeyStore store = KeyStore.inMemory();
        Settings settings = settings(
                "import.sanctum = " + SANCTUM,
                "key.argon2-cost = m=64,t=1,p=1",
                "key.imported-argon2-cost = m=256,t=1,p=1");
        KeyId id;
        try (Keystile keystile = settings.builder(store).build()) {
            id = keystile.keyManager()
                    .importKeys(
                            List.of(ImportedKey.of("sanctum", "acme", "a key", sha256(text.substring(3)))
                                    .publicPart("17")
                                    .build()),
                            OPERATOR)
                    .get(0)
                    .id();
            assertThat(keystile.decide(TestRequest.get("/a").bearer(text))).isInstanceOf(Allowed.class);
            Await.until(
                    "the upgrade",
                    () -> store.find(id)
                            .map(ApiKey::newestSecret)
                            .orElseThrow()
                            .digest()
                            .startsWith("$argon2id$v=19$m=256,t=1,p=1$"));
        }
    }

    @Test
    void inspector_tellsWhatAForeignTextIs_andChangesNothing() throws Exception {
        String text = "17|" + "a1B2c3D4".repeat(5);
        KeyStore store = KeyStore.inMemory();
        try (KeyAdministration keys = settings("import.sanctum = " + SANCTUM).administration(store)) {
            ImportedKey key = ImportedKey.of("sanctum", "acme", "a key", sha256(text.substring(3)))
                    .publicPart("17")
                    .build();
            keys.keyManager().importKeys(List.of(key), OPERATOR);

            assertThat(keys.inspector().inspect(text).objection()).isEmpty();
            assertThat(keys.inspector().inspect(text + "x").objection()).contains(Verification.Reason.WRONG_SECRET);
            assertThat(keys.inspector().inspect("18" + text.substring(2)).objection())
                    .contains(Verification.Reason.UNKNOWN);
            assertThat(store.revision()).isEqualTo(1);
        }
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
