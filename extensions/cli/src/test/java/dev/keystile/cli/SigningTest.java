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
        try (Stream<Path> files = Files.list(folder)) {
            Path file = files.filter(it -> it.getFileName().toString().startsWith("AuthKey_"))
                    .findFirst()
                    .orElseThrow();
            assertThat(issued.out())
                    .contains("Its private half is in " + file + ".")
                    .doesNotContain("PRIVATE KEY");
            return file;
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

    @Test
    void token_ofWhatIsNoPrivateHalf_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("AuthKey_aaaaaaaaaaaa.p8"), "nothing");

        assertThat(cli.run("token " + file + CLAIMS).err()).contains("expected a private key");
        assertThat(cli.run("token " + folder + CLAIMS).err()).contains("expected the file of a private half");
        Path unnamed = Files.writeString(folder.resolve("key.pem"), "nothing");
        assertThat(cli.run("token " + unnamed + CLAIMS).err()).contains("--key-id is missing");
    }
}
