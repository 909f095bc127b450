package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that sign, from a shell. */
final class SigningTest {

    private static final String ISSUE = "issue --account acme --name signer --environment live";
    private static final String CLAIMS = " --issuer acme --claim bid=com.example.app";

    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Cli cli;

    @BeforeEach
    void start() {
        cli = new Cli(folder, """
                key.prefixes = acme_live_ secret live, acme_test_ secret test
                signing.environments = live
                signing.audience = acme-api
                signing.bind = bid:apps
                store.type = jdbc
                store.url = ${STORE_URL}
                scopes = invoices:read
                """);
    }

    private Path issuedFile() throws IOException {
        Result issued = cli.run(ISSUE + " --signing --attribute apps=com.example.app --out " + folder)
                .succeeds();
        Path file = fileIn(folder);
        assertThat(issued.out())
                .contains("Its private half is in " + file + ".")
                .doesNotContain("PRIVATE KEY");
        return file;
    }

    private static Path fileIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(it -> it.getFileName().toString().startsWith("AuthKey_"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String id(Path file) {
        return file.getFileName().toString().substring("AuthKey_".length(), "AuthKey_".length() + 12);
    }

    @Test
    void issue_intoAFolder_writesTheFileForItsOwner_whoseTokensAreGood() throws IOException {
        Path file = issuedFile();

        assertThat(file).content().startsWith("-----BEGIN PRIVATE KEY-----").endsWith("-----END PRIVATE KEY-----\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        String token = cli.run("token " + file + CLAIMS).succeeds().out().strip();
        assertThat(cli.input(token).run("verify").succeeds().out())
                .contains("The key is good.", "Kind          signing", id(file));
        String other = cli.run("token " + file + " --issuer acme --claim bid=com.example.other")
                .succeeds()
                .out()
                .strip();
        Result refused = cli.input(other).run("verify");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.out()).contains("it is a signed token, and its 'bid' is none of the key's 'apps'");
    }

    @Test
    void issue_quiet_writesThePrivateHalfAlone() {
        Result issued = cli.run(ISSUE + " --signing --quiet").succeeds();

        assertThat(issued.lines())
                .startsWith("-----BEGIN PRIVATE KEY-----")
                .endsWith("-----END PRIVATE KEY-----")
                .hasSize(4);
    }

    @Test
    void issue_ontoAFileThatIsThere_isRefused_andIssuesNothing() throws IOException {
        Path there = Files.writeString(folder.resolve("there.p8"), "mine");

        Result refused = cli.run(ISSUE + " --signing --out " + there);

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("is there already");
        assertThat(there).hasContent("mine");
        assertThat(cli.run("list --account acme").succeeds().err()).contains("acme has no keys");
    }

    @Test
    void issue_thatIsRefused_leavesNoFile() {
        Path file = folder.resolve("new.p8");

        Result refused = cli.run("issue --account acme --name signer --environment test --signing --out " + file);

        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("those of [live] do");
        assertThat(file).doesNotExist();
        assertThat(cli.run(ISSUE + " --out " + file).exit()).isEqualTo(2);
    }

    @Test
    void rotate_makesANewPairUnderTheSameId() throws IOException {
        Path before = issuedFile();
        Path after = folder.resolve("after.p8");

        cli.run("rotate " + id(before) + " --overlap 1h --out " + after).succeeds();

        for (String file : new String[] {before.toString(), after + " --key-id " + id(before)}) {
            String token = cli.run("token " + file + CLAIMS).succeeds().out().strip();
            assertThat(cli.input(token).run("verify").succeeds().out()).contains("The key is good.");
        }
        Result json = cli.run("--json show " + id(before)).succeeds();
        assertThat(json.out())
                .contains("\"signing\" : true", "\"prefix\" : \"\"")
                .doesNotContain("es256");
    }

    @Test
    void token_withAnAudience_needsNoSettings() throws IOException {
        Path file = issuedFile();

        String token = cli.without("KEYSTILE_CONFIG")
                .run("token " + file + CLAIMS + " --audience acme-api")
                .succeeds()
                .out()
                .strip();

        cli.variable("KEYSTILE_CONFIG", cli.settings().toString());
        assertThat(cli.input(token).run("verify").succeeds().out()).contains("The key is good.");
    }

    /** The store is not looked at: it may be the memory of an application that runs elsewhere. */
    @Test
    void token_takesTheAudience_ofSettingsWithAnyStore() throws IOException {
        Path file = issuedFile();

        cli.run("token " + file + CLAIMS + " --set store.type=memory").succeeds();
    }

    @Test
    void token_ofTwoApps_isGoodForEither_andForNoOther() throws IOException {
        cli.run(ISSUE + " --signing --out " + folder, "--attribute", "apps=com.example.app com.example.other")
                .succeeds();
        Path file = fileIn(folder);

        for (String app : new String[] {"com.example.app", "com.example.other"}) {
            String token = cli.run("token " + file + " --issuer acme --claim bid=" + app)
                    .succeeds()
                    .out()
                    .strip();
            assertThat(cli.input(token).run("verify").succeeds().out())
                    .contains("The key is good.", "apps=com.example.app com.example.other");
        }
        for (String app : new String[] {"com.example", "com.example.app com.example.other"}) {
            Result signed = cli.run("token " + file + " --issuer acme", "--claim", "bid=" + app)
                    .succeeds();
            assertThat(cli.input(signed.out().strip()).run("verify").exit()).isEqualTo(1);
        }
    }

    @Test
    void token_ofWhatIsNoPrivateHalf_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("AuthKey_aaaaaaaaaaaa.p8"), "nothing");

        assertThat(cli.run("token " + file + CLAIMS).err()).contains("expected a private key");
        assertThat(cli.run("token " + folder + CLAIMS).err()).contains("expected the file of a private half");
        Path unnamed = Files.writeString(folder.resolve("key.pem"), "nothing");
        assertThat(cli.run("token " + unnamed + CLAIMS).err()).contains("--key-id is missing");
    }

    @Test
    void token_tellsAllThatIsWrong_atOnce() {
        cli.without("KEYSTILE_CONFIG");

        Result bare = cli.run("token");
        assertThat(bare.exit()).isEqualTo(2);
        assertThat(bare.err().lines())
                .containsExactly(
                        "keystile token: <file> is missing: expected that of a private half, such as"
                                + " AuthKey_4mVfR2xkQ8sT.p8",
                        "keystile token: --issuer is missing: expected the account, or what signing.issuer says",
                        "keystile token: --audience is missing, and no settings that would have signing.audience are"
                                + " named with --config or in KEYSTILE_CONFIG");

        Result wrong = cli.run("token nowhere.p8 --config none.properties --issuer= --expires 2000d");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.err().lines())
                .containsExactly(
                        "keystile token: --key-id is missing, and nowhere.p8 is not called AuthKey_<key id>.p8",
                        "keystile token: nowhere.p8: expected the file of a private half",
                        "keystile token: --issuer '': expected a text that is not blank",
                        "keystile token: none.properties: there is no such file",
                        "keystile token: --expires: expected 1s to 366d");
    }

    @Test
    void token_withSettingsThatLackAnAudience_orAreWrong_saysSo() throws IOException {
        Path file = issuedFile();

        Result wrong = cli.run("token " + file + CLAIMS + " --set signing.audienc=x --set realmm=y");
        assertThat(wrong.exit()).isEqualTo(6);
        assertThat(wrong.err().lines()).hasSize(2).allMatch(line -> line.contains("is no setting"));
        cli.write("key.prefixes = acme_live_ secret live");
        Result lacking = cli.run("token " + file + CLAIMS);
        assertThat(lacking.exit()).isEqualTo(2);
        assertThat(lacking.err()).contains("--audience is missing, and signing.audience is not set");
    }
}
