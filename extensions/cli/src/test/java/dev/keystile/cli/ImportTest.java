package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.cli.Cli.Result;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys minted elsewhere, from a file by the command line into a real database, and from there over HTTP. */
@Timeout(120)
final class ImportTest {

    /** The ready lines of {@code docs/import.md}, which another test compares with them. */
    static final String FORMATS = """
            import.unkey = acme_ secret live secret=base58:20-44 digest=sha256
            import.better-auth = none secret live secret=letters:64 digest=sha256
            import.prefixed = mycompany_ secret live public=base58:8 separator=_ secret=base58:24 digest=sha256
            import.django = none secret live public=base62:8 separator=. secret=base62:32 digest=django of=text
            import.sanctum = none secret live public=digits:1-20 separator=| secret=base62:40-80 digest=sha256
            """;

    private static final String SETTINGS = """
            key.prefixes = acme_live_ secret live, acme_test_ secret test
            credentials = bearer, header x-api-key, basic, scheme Api-Key
            store.type = jdbc
            store.url = ${STORE_URL}
            scopes = invoices:read, invoices:write, customers:read
            roles.support = customers:read
            plans.growth = 600/1m burst 50
            failures.limit = 1000/1m
            rules.invoices = GET /v1/invoices/** invoices:read
            """ + FORMATS;

    private static final String HEADER = "digest,public,account,name,scopes\n";
    private static final String DJANGO_KEY = "w4Qd7xkN.hT3v9bQmR2sLwZy8XcJ5nPa6VgKf1DuE";
    private static final String SEAM_DIGEST = "d70d981d87b449c107327c2a2afbf00d4b58070d6ba571aac35d7ea3e7c79f37";

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:h2:file:" + folder.resolve("keys") + ";AUTO_SERVER=TRUE";
    }

    private Cli cli() {
        return new Cli(folder).write(SETTINGS).variable("STORE_URL", url());
    }

    private HttpApplication application() throws Exception {
        return new HttpApplication(SETTINGS.replace("${STORE_URL}", url()));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("keys.txt"), text);
    }

    private static void await(String what, BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(Duration.ofNanos(System.nanoTime() - began)).as(what).isLessThan(Duration.ofSeconds(30));
            LockSupport.parkNanos(20_000_000);
        }
    }

    /**
     * The key and the digest of prefixed-api-key are those of its tests, a key and digest of Unkey those of its tests too; the
     * others were made with Python's hashlib and libxcrypt in the way of each system.
     */
    static Stream<Arguments> systems() {
        return Stream.of(
                // Unkey digests the whole text, with the prefix, in base 64.
                system("unkey", "acme_MVgWNsyPmv6VthC9moCNAPwS", "", base64("acme_MVgWNsyPmv6VthC9moCNAPwS")),
                system(
                        "better-auth",
                        "ukPtSJpOfdedPLkVsJETuiEOnugucKXkWpviVIwmwQYNnDDbEpgSwFsssGAuiizk",
                        "",
                        "GourNEUFSdvVfqKEv_rpmg0SJ1TlFZg-zqPKYc0OzAw"),
                system("prefixed", "mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG", "BRTRKFsL", SEAM_DIGEST),
                system(
                        "django",
                        DJANGO_KEY,
                        "w4Qd7xkN",
                        "sha512$$d585d953286fe398e72ffc1d6facfc99b3274fa3f4560d30dea349234e800811"
                                + "9074d5924036bb03f9eecff6640fb8cfd3b63b7e267a83b23807e33b1d465c20"),
                system(
                        "django",
                        DJANGO_KEY,
                        "w4Qd7xkN",
                        "pbkdf2_sha256$260000$YkP3xq7Lm2Rt$V8kpAXsttvFbzN1cHIVd9EME3BtR5sPbQZMHDKDxABM="),
                system(
                        "django",
                        DJANGO_KEY,
                        "w4Qd7xkN",
                        "bcrypt_sha256$$2b$08$fVH8e28OQRj9tqiDXs1e1uut4hG/qUGtauyu.4PW9NgY8/vCqlOq2"),
                system(
                        "sanctum",
                        "17|yHl3eRj2mCq8TzWb5VnKf7XsDpA1uGoL9QiEcJ4t8f78ff9c",
                        "17",
                        "cbdd2fdcc1589fd9384ce02bd891772ece285406b5152e375cebe616cbe94cc7"));
    }

    private static Arguments system(String format, String key, String publicPart, String digest) {
        return argumentSet(
                format + " " + digest.substring(0, Math.max(3, digest.indexOf('$'))), format, key, publicPart, digest);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(sha256(text));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @ParameterizedTest
    @MethodSource("systems")
    void key_answersFromTheFirstRequest_isStoredAnew_andEndsWhenItIsRevoked(
            String format, String key, String publicPart, String digest) throws Exception {
        String wrong = key.substring(0, key.length() - 1) + (key.endsWith("z") ? "y" : "z");
        Path file = file(HEADER + digest + "," + publicPart + ",acct_1,Checkout server,invoices:read\n");
        KeyId id;
        try (HttpApplication application = application()) {
            Json imported = cli().run("import --json --format " + format, file.toString())
                    .succeeds()
                    .json();
            assertThat(imported.text("imported")).isEqualTo("1");
            id = new KeyId(imported.text("keys.0.id"));

            var first = application.get("/v1/invoices/1", "Authorization", "Bearer " + key);

            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.body()).contains(id.text());
            assertThat(application.get("/v1/invoices/1", "x-api-key", key).statusCode())
                    .isEqualTo(200);
            String basic = Base64.getEncoder().encodeToString((key + ":").getBytes(StandardCharsets.US_ASCII));
            assertThat(application
                            .get("/v1/invoices/1", "Authorization", "Basic " + basic)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(application
                            .get("/v1/invoices/1", "Authorization", "Api-Key " + key)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(application.get("/v1/invoices/1", "x-api-key", wrong).statusCode())
                    .isEqualTo(401);
            try (KeyStore store = Cli.open(url())) {
                await(
                        "the upgrade",
                        () -> store.find(id)
                                .orElseThrow()
                                .newestSecret()
                                .digest()
                                .startsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
                assertThat(store.find(id).orElseThrow().newestSecret().lastFour())
                        .isEqualTo(key.substring(key.length() - 4));
            }
        }
        try (HttpApplication restarted = application()) {
            assertThat(restarted.get("/v1/invoices/1", "x-api-key", wrong).statusCode())
                    .isEqualTo(401);
            assertThat(restarted.get("/v1/invoices/1", "x-api-key", key).statusCode())
                    .isEqualTo(200);
            assertThat(cli().input(key).run("verify").succeeds().out()).startsWith("The key is good.");
            assertThat(cli().input(wrong).run("verify").exit()).isEqualTo(1);

            cli().run("revoke --yes " + id).succeeds();

            await("the revocation", () -> status(restarted, key) == 401);
        }
    }

    private static int status(HttpApplication application, String key) {
        try {
            return application.get("/v1/invoices/1", "x-api-key", key).statusCode();
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void csv_saysAllThereIsToSay_andTheAuditTrailSaysSo() throws Exception {
        Path file = file("""
                \uFEFFdigest,public,account,name,member,scopes,roles,plan,attributes,addresses,created_at,expires_at,disabled,last_four
                %s,BRTRKFsL,acct_1,"Checkout, ""new\""",usr_7,invoices:read customers:read,support,growth,project=p 1;team=t2,10.0.0.0/8 fd00::/8,2024-01-31 10:00:00+01,2099-12-31,1,HCgG
                """.formatted(SEAM_DIGEST));

        Result result =
                cli().run("import --format prefixed --as jane", file.toString()).succeeds();

        assertThat(result.lines()).containsExactly("Imported 1 key of format prefixed.");
        try (KeyStore store = Cli.open(url())) {
            ApiKey key = store.list(KeyQuery.ofAccount("acct_1")).keys().get(0);
            assertThat(key.name()).isEqualTo("Checkout, \"new\"");
            assertThat(key.member()).contains("usr_7");
            assertThat(key.scopes())
                    .extracting(KeyScope::value)
                    .containsExactlyInAnyOrder("invoices:read", "customers:read");
            assertThat(key.roles()).containsExactly("support");
            assertThat(key.plan()).contains("growth");
            assertThat(key.attributes()).isEqualTo(Map.of("project", "p 1", "team", "t2"));
            assertThat(key.addresses()).hasSize(2);
            assertThat(key.createdAt()).isEqualTo(Instant.parse("2024-01-31T09:00:00Z"));
            assertThat(key.expiresAt()).contains(Instant.parse("2099-12-31T23:59:59Z"));
            assertThat(key.disabledAt()).isPresent();
            assertThat(key.newestSecret().lastFour()).isEqualTo("HCgG");
            AuditEntry entry =
                    store.audit(AuditQuery.ofAccount("acct_1")).entries().get(0);
            assertThat(entry.action()).isEqualTo(KeyAction.IMPORT);
            assertThat(entry.actor()).isEqualTo("operator:cli:jane");
            assertThat(entry.detail()).contains("format prefixed").doesNotContain(SEAM_DIGEST.substring(0, 8));
        }
    }

    @Test
    void jsonLines_sayTheSame_fromStandardInput_withDefaults() {
        String line = """
                {"digest": "%s", "public": "BRTRKFsL", "name": "A", "scopes": ["invoices:read"], "roles": "support", \
                "attributes": {"project": "p;1"}, "created_at": "2024-01-31", "expires_at": null, "disabled": false}

                {"digest": "%s", "public": "BRTRKFsM", "account": "acct_2", "name": "B%sC"}
                """.formatted(SEAM_DIGEST, SEAM_DIGEST, "\u2028");

        Json result = cli().input(line)
                .run("import --json -f prefixed --default account=acct_1 --default plan=growth -")
                .succeeds()
                .json();

        assertThat(result.text("imported")).isEqualTo("2");
        assertThat(result.text("keys.1.line")).isEqualTo("3");
        try (KeyStore store = Cli.open(url())) {
            ApiKey key = store.list(KeyQuery.ofAccount("acct_1")).keys().get(0);
            assertThat(key.attributes()).isEqualTo(Map.of("project", "p;1"));
            assertThat(key.roles()).containsExactly("support");
            assertThat(key.createdAt()).isEqualTo(Instant.parse("2024-01-31T00:00:00Z"));
            assertThat(key.plan()).contains("growth");
            assertThat(store.list(KeyQuery.ofAccount("acct_2")).keys())
                    .extracting(ApiKey::name)
                    .containsExactly("B\u2028C");
        }
    }

    @Test
    void salt_inJson_isTakenAsItIs() {
        String secret = "abcdefghijklmnopqrstuvwxyz";
        String line = "{\"digest\": \"%s\", \"salt\": \" s \", \"public\": \"3\", \"account\": \"a\", \"name\": \"n\"}"
                .formatted(HexFormat.of().formatHex(sha256(" s " + secret)));
        Cli cli = cli().write(SETTINGS
                + "import.salted = salted_ secret live public=digits:1 separator=. secret=letters:26 digest=sha256"
                + " salt=before\n");

        cli.input(line).run("import --format salted -").succeeds();

        assertThat(cli.input("salted_3." + secret).run("verify").succeeds().out())
                .startsWith("The key is good.");
    }

    @Test
    void brokenFile_importsNothing_andNamesEachLine_withoutADigest() throws Exception {
        Path file = file("digest,public,account,name,scopes,plan,expires_at,disabled\n"
                + SEAM_DIGEST + ",BRTRKFsL,acct_1,good,invoices:read,,,\n"
                + "d70d981d,BRTRKFsM,acct_1,short digest,,,,\n"
                + SEAM_DIGEST + ",BRTRKFs0,acct_1,wrong alphabet,,,,\n"
                + SEAM_DIGEST + ",,,no account and no public part,,,,\n"
                + SEAM_DIGEST + ",BRTRKFsN,acct_1,unknown,invoices:all,gold,,\n"
                + SEAM_DIGEST + ",BRTRKFsP,acct_1,expired,,,2020-01-01,perhaps\n"
                + SEAM_DIGEST + ",BRTRKFsP,acct_1,expired,,,2020-01-01,\n"
                + SEAM_DIGEST + ",BRTRKFsL,acct_1,once more,,,,\n"
                + SEAM_DIGEST + ",BRTRKFsQ,acct_1\n"
                + SEAM_DIGEST + ",BRTRKFsR,acct_1," + SEAM_DIGEST + SEAM_DIGEST + ",,,,\n"
                + SEAM_DIGEST + ",BRTRKFsS,acct_1,bcrypt in its place,,,"
                + "$2b$08$fVH8e28OQRj9tqiDXs1e1uut4hG/qUGtauyu.4PW9NgY8/vCqlOq2,\n");

        Result result = cli().run("import --format prefixed", file.toString());

        assertThat(result.exit()).isEqualTo(4);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).doesNotContain("d70d981d");
        assertThat(result.err().lines().filter(it -> !it.startsWith("note:")))
                .containsExactlyInAnyOrder(
                        "keystile import: line 3: digest: expected sha256: 64 hexadecimal digits, or 43 characters of base 64,"
                                + " with or without padding",
                        "keystile import: line 4: public: expected the public part of the key: 8 characters of base58",
                        "keystile import: line 5: account: expected one",
                        "keystile import: line 6: scopes [invoices:all] are not declared; there is no plan 'gold'",
                        "keystile import: line 7: disabled: 'perhaps': expected true or false",
                        "keystile import: line 8: expires_at: it expired at 2020-01-01T23:59:59Z, so leave it out",
                        "keystile import: line 9: is the key of line 2 once more",
                        "keystile import: line 10: 3 fields: expected 8, as the first line has",
                        "keystile import: line 11: name '…': expected 1 to 100 characters, not all blank",
                        "keystile import: line 12: expires_at: '$2b$08$…': expected a day or a time, such as 2027-12-31 or"
                                + " 2027-12-31T18:00:00Z",
                        "keystile import: nothing was imported");
        try (KeyStore store = Cli.open(url())) {
            assertThat(store.revision()).isZero();
        }
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                argumentSet("empty", "", "there is no key in it"),
                argumentSet("header alone", HEADER, "there is no key in it"),
                argumentSet(
                        "no header", SEAM_DIGEST + ",BRTRKFsL,acct_1\n", "line 1: expected the names of the columns"),
                argumentSet("unknown column", "digest,accounts\n", "and not accounts"),
                argumentSet("column twice", "digest,digest\n", "line 1: the column digest is there twice"),
                argumentSet("open quotation mark", HEADER + "\"a,b,c\n" + "x,y,z", "line 2"),
                argumentSet("no JSON", "{\"digest\": \"" + SEAM_DIGEST + "\"\n", "line 1: it is no JSON"),
                argumentSet("field twice", "{\"name\": \"a\", \"name\": \"b\"}", "or a field is there twice"),
                argumentSet("unknown field", "{\"nam\": \"a\"}", "line 1: there is no field nam; there are [digest, "),
                argumentSet(
                        "null within",
                        "{\"attributes\": {\"project\": null}}",
                        "line 1: attributes: expected a text, and not null"),
                argumentSet(
                        "attribute twice",
                        "{\"attributes\": \"project=p1;project=p2\"}",
                        "attributes: project is there twice"),
                argumentSet("list of one", "{\"name\": [\"a\"]}", "line 1: name: expected a text"),
                argumentSet("two on a line", "{} {}", "line 1: expected one JSON object and nothing behind it"));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void fileThatIsNone_isToldSo(String text, String problem) throws Exception {
        Result result = cli().run("import --format prefixed", file(text).toString());

        assertThat(result.exit()).isEqualTo(4);
        assertThat(result.err()).contains(problem).doesNotContain(SEAM_DIGEST);
    }

    @Test
    void dryRun_saysWhatWouldBe_andChangesNothing() throws Exception {
        Path file = file(HEADER + SEAM_DIGEST + ",BRTRKFsL,acct_1,A,\n" + SEAM_DIGEST + ",BRTRKFsM,acct_1,B,\n");

        assertThat(cli().run("import --dry-run --format prefixed", file.toString())
                        .succeeds()
                        .lines())
                .containsExactly("Would import 2 keys of format prefixed. Nothing was changed.");
        try (KeyStore store = Cli.open(url())) {
            assertThat(store.revision()).isZero();
        }
        assertThat(cli().run("import --json --dry-run --format prefixed", file.toString())
                        .succeeds()
                        .json()
                        .text("imported"))
                .isEqualTo("0");
    }

    @Test
    void givenAgain_itLeavesWhatIsThere_andRefusesAnotherDigestInItsPlace() throws Exception {
        cli().run(
                        "import --format prefixed",
                        file(HEADER + SEAM_DIGEST + ",BRTRKFsL,acct_1,A,\n").toString())
                .succeeds();
        Path more = file(HEADER + SEAM_DIGEST + ",BRTRKFsL,acct_1,A,\n" + SEAM_DIGEST + ",BRTRKFsM,acct_1,B,\n");

        assertThat(cli().run("import --format prefixed", more.toString())
                        .succeeds()
                        .lines())
                .containsExactly("Imported 1 key of format prefixed; 1 key is there already and stays as it is.");
        assertThat(cli().run("import --format prefixed", more.toString())
                        .succeeds()
                        .lines())
                .containsExactly("Imported 0 keys of format prefixed; 2 keys are there already and stay as they are.");
        Result refused = cli().run(
                        "import --format prefixed",
                        file(HEADER + SEAM_DIGEST.replace('d', 'e') + ",BRTRKFsL,acct_1,A,\n" + SEAM_DIGEST
                                        + ",BRTRKFsN,acct_1,C,\n")
                                .toString());
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("line 2: key ", " is there already, with another digest");
        try (KeyStore store = Cli.open(url())) {
            assertThat(store.revision()).isEqualTo(2);
        }
    }

    @Test
    void tenThousandKeys_takeSeconds() throws Exception {
        Path file = file(IntStream.range(0, 10_000)
                .mapToObj(n -> HexFormat.of().formatHex(sha256("secret " + n)) + "," + n + ",acct_" + n % 100
                        + ",Token " + n + ",invoices:read\n")
                .collect(Collectors.joining("", HEADER, "")));
        long began = System.nanoTime();

        Result first = cli().run("import --format sanctum", file.toString()).succeeds();

        Duration firstTook = Duration.ofNanos(System.nanoTime() - began);
        assertThat(first.lines()).containsExactly("Imported 10000 keys of format sanctum.");
        began = System.nanoTime();
        assertThat(cli().run("import --format sanctum", file.toString())
                        .succeeds()
                        .out())
                .startsWith("Imported 0 keys of format sanctum; 10000 keys are there already");
        Duration secondTook = Duration.ofNanos(System.nanoTime() - began);
        assertThat(List.of(firstTook, secondTook))
                .allSatisfy(it -> assertThat(it)
                        .as("first %s, again %s", firstTook, secondTook)
                        .isLessThan(Duration.ofSeconds(60)));
    }

    @Test
    void storeThatFailsInBetween_keepsWhatWasImported_andTheRestFollowsWhenItIsGivenAgain() throws Exception {
        KeyStore store = KeyStore.inMemory();
        Path file = file(IntStream.range(0, 1_200)
                .mapToObj(n -> HexFormat.of().formatHex(sha256("secret " + n)) + "," + n + ",acct_1,Token,\n")
                .collect(Collectors.joining("", HEADER, "")));

        Result broken = cli().over(failingFromTheThirdBatch(store)).run("import --format sanctum", file.toString());

        assertThat(broken.exit()).isEqualTo(5);
        assertThat(broken.err())
                .contains("the database is gone; 1000 keys were imported before that, so give this command again");
        assertThat(store.revision()).isEqualTo(1_000);
        assertThat(cli().over(store)
                        .run("import --format sanctum", file.toString())
                        .succeeds()
                        .lines())
                .containsExactly(
                        "Imported 200 keys of format sanctum; 1000 keys are there already and stay as they are.");
    }

    private static KeyStore failingFromTheThirdBatch(KeyStore store) {
        AtomicInteger batches = new AtomicInteger();
        return (KeyStore) Proxy.newProxyInstance(
                KeyStore.class.getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, called, arguments) -> {
                    if (called.getName().equals("apply") && batches.incrementAndGet() > 2) {
                        throw new UnavailableException("the database is gone");
                    }
                    return called.invoke(store, arguments);
                });
    }

    @Test
    void readyLines_areThoseOfThePage() throws IOException {
        assertThat(Files.readString(Path.of("../../docs/import.md"))).contains(FORMATS);
    }

    @Test
    void saltedDigest_withoutAPublicPart_isRefusedWithTheReason() throws Exception {
        Cli cli = cli().write(SETTINGS + "import.hashed = hashed_ secret live secret=base62:40 digest=bcrypt\n");
        Result result = cli.run("import --format hashed", file(HEADER).toString());

        assertThat(result.exit()).isEqualTo(6);
        assertThat(result.err())
                .contains(
                        "import.hashed: a salted digest is another one for each key, so that no key could be found by it:"
                                + " expected a public part beside it, or an unsalted sha256 or sha512");
    }

    @Test
    void formatThatIsNotSet_orFileThatIsNotThere_isAMistake() throws Exception {
        Result unknown = cli().run("import --format unky", file(HEADER).toString());
        assertThat(unknown.exit()).isEqualTo(2);
        assertThat(unknown.err())
                .contains("--format: the settings have no import.unky; there are [unkey, better-auth, prefixed, django,"
                        + " sanctum]");
        Result none = cli().write(SETTINGS.replace(FORMATS, "")).run("import --format unkey x.csv");
        assertThat(none.exit()).isEqualTo(6);
        assertThat(none.err()).contains("the settings have no import.<format>");
        Result missing = cli().run("import --format unkey " + folder.resolve("none.csv"));
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.err()).contains("there is no such file");
        Result wrong = cli().run("import --format unkey --default digest=x x.csv");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.err()).contains("--default digest: expected one of [account, name, ");
    }
}
