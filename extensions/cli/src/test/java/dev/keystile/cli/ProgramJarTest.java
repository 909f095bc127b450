package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.Keystile;
import dev.keystile.cli.Cli.Result;
import dev.keystile.config.Settings;
import dev.keystile.decision.Allowed;
import dev.keystile.testkit.GetRequest;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only the jar itself can show: that it is whole, and how it behaves as a process. */
final class ProgramJarTest {

    private static final Duration PROMISED = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    private Jar jar;

    @BeforeEach
    void start() throws IOException {
        jar = new Jar(folder)
                .variable("KEYSTILE_CONFIG", "keystile.properties")
                .variable("STORE_URL", "jdbc:h2:file:./data/keys;AUTO_SERVER=TRUE");
        Files.writeString(folder.resolve("keystile.properties"), Cli.SETTINGS);
    }

    private Json issue() {
        return jar.run("issue", "--account", "acct_1", "--name", "server", "--environment", "live", "--json")
                .succeeds()
                .json();
    }

    @Test
    void help_needsNothing_andWarnsOfNothing() {
        Result help = new Jar(folder).run("--help").succeeds();

        assertThat(help.out()).contains("Usage: keystile", "offboard-account");
        assertThat(help.err()).isEmpty();
        assertThat(new Jar(folder).run("--version").succeeds().out()).matches("keystile \\d+\\.\\d+.*, Java .*\\R");
    }

    @Test
    void jar_holdsNothingThatItsNoticeDoesNotName() throws IOException {
        try (JarFile file = new JarFile(Jar.path().toFile())) {
            List<String> names = file.stream().map(JarEntry::getName).toList();
            String notice = read(file, "META-INF/THIRD-PARTY.md");
            Set<String> unnamed = names.stream()
                    .filter(name -> name.endsWith(".class"))
                    .map(name -> name.startsWith("META-INF/versions/")
                            ? name.substring(name.indexOf('/', "META-INF/versions/".length()) + 1)
                            : name)
                    .filter(name -> notice.lines()
                            .flatMap(line -> List.of(line.split("`", -1)).stream())
                            .noneMatch(folderOf -> !folderOf.isBlank() && name.startsWith(folderOf + "/")))
                    .collect(Collectors.toCollection(TreeSet::new));

            assertThat(unnamed).isEmpty();
            for (String line :
                    notice.lines().filter(it -> it.startsWith("| ")).skip(2).toList()) {
                String texts = line.split("\\|", -1)[4];
                for (String text : texts.split("`", -1)) {
                    if (!text.isBlank() && !text.strip().equals(",") && !text.startsWith(" text in")) {
                        assertThat(names).as(line).anyMatch(it -> it.startsWith("META-INF/licenses/" + text));
                    }
                }
            }
            assertThat(names).noneMatch(it -> it.endsWith(".SF") || it.endsWith("module-info.class"));
        }
    }

    @Test
    void jar_hasAllServices_andAManifestThatStartsIt() throws IOException {
        try (JarFile file = new JarFile(Jar.path().toFile())) {
            assertThat(read(file, "META-INF/services/java.sql.Driver").lines())
                    .contains("org.h2.Driver", "org.postgresql.Driver", "org.mariadb.jdbc.Driver");
            assertThat(read(file, "META-INF/services/dev.keystile.config.KeyStoreProvider")
                            .lines())
                    .contains("dev.keystile.jdbc.JdbcKeyStoreProvider");
            Manifest manifest = file.getManifest();
            assertThat(manifest.getMainAttributes().getValue("Enable-Native-Access"))
                    .isEqualTo("ALL-UNNAMED");
            assertThat(manifest.getMainAttributes().getValue("Multi-Release")).isEqualTo("true");
        }
    }

    private static String read(JarFile file, String name) throws IOException {
        JarEntry entry = file.getJarEntry(name);
        assertThat(entry).as(name).isNotNull();
        return new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void keys_liveOnBetweenCommands_andNothingIsSaidBesides() {
        Json issued = issue();
        String id = issued.text("key.id");

        Result verified = jar.process(issued.text("secret"), with("verify")).succeeds();
        Result listed = jar.run("list", "--account", "acct_1").succeeds();
        Result revoked = jar.run("revoke", id, "--yes").succeeds();
        Result refused = jar.process(issued.text("secret"), with("verify"));

        assertThat(verified.out()).startsWith("The key is good.");
        assertThat(listed.lines()).hasSize(2);
        assertThat(listed.out()).contains(id, "operator:cli:jane", "…").doesNotContain("\u001b");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(List.of(verified, listed, revoked, refused))
                .extracting(Result::err)
                .containsOnly("");
    }

    private static List<String> with(String... arguments) {
        List<String> command = new ArrayList<>(Jar.command());
        command.addAll(List.of(arguments));
        return command;
    }

    /** The filter's side of the promise: what a shell does to the same store holds in a running application. */
    @Test
    void change_fromTheShell_isSeenByARunningApplication_withinTwoSeconds() throws IOException {
        String settings = Files.readString(folder.resolve("keystile.properties"))
                .replace("${STORE_URL}", "jdbc:h2:file:" + folder.resolve("data/keys") + ";AUTO_SERVER=TRUE")
                .lines()
                .filter(line ->
                        Stream.of("limiter.", "cors.", "rules.", "default-plan").noneMatch(line::startsWith))
                .collect(Collectors.joining(
                        "\n", "", "\nrules.all = GET /v1/** authenticated\nfailures.limit = none\n"));
        try (Keystile application = Settings.read(new StringReader(settings)).open()) {
            Json issued = issue();
            String text = issued.text("secret");
            String id = issued.text("key.id");
            assertThat(opens(application, text)).as("issued in the shell").isTrue();

            assertSoon(application, text, false, "disable", id);
            assertSoon(application, text, true, "enable", id);
            assertSoon(application, text, false, "suspend-account", "acct_1");
            assertSoon(application, text, true, "resume-account", "acct_1");
            assertSoon(application, text, false, "rotate", id, "--overlap", "0");
        }
    }

    private void assertSoon(Keystile application, String text, boolean open, String... change) {
        jar.run(change).succeeds();
        // The command has ended, and with it what it changed is committed.
        long began = System.nanoTime();
        while (opens(application, text) != open) {
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(String.join(" ", change))
                    .isLessThan(PROMISED);
            Thread.onSpinWait();
        }
    }

    private static boolean opens(Keystile application, String text) {
        return application.decide(new GetRequest("/v1/invoices", text)) instanceof Allowed;
    }

    @Test
    void onATerminal_questionsAreAsked_andTheKeyIsNotShown() throws IOException {
        Path script = Path.of("/usr/bin/script");
        assumeTrue(
                Files.isExecutable(script) && System.getProperty("os.name", "").equals("Linux"),
                "script(1) of util-linux makes the terminal of this test");
        Json issued = issue();
        String command = with("revoke", issued.text("key.id")).stream()
                .map(it -> "'" + it + "'")
                .collect(Collectors.joining(" "));

        Result no = jar.process("n\n", List.of(script.toString(), "-qec", command, "/dev/null"));
        Result yes = jar.process("y\n", List.of(script.toString(), "-qec", command, "/dev/null"));

        assertThat(no.exit()).isEqualTo(1);
        assertThat(no.out()).contains(", for ever? [y/N] ", "keystile revoke: nothing was done");
        assertThat(yes.exit()).isZero();
        assertThat(yes.out()).contains(", for ever? [y/N] ", "Revoked key " + issued.text("key.id"));
    }

    @Test
    void key_thatCannotBeWritten_isToldOf() {
        assumeTrue(Files.exists(Path.of("/dev/full")), "/dev/full is the full disk of this test");
        String command = with("issue", "--account", "acct_1", "--name", "n", "--environment", "live").stream()
                .map(it -> "'" + it + "'")
                .collect(Collectors.joining(" ", "", " > /dev/full"));

        Result result = jar.process("", List.of("/bin/sh", "-c", command));

        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.err())
                .contains("has a new secret, and nobody has seen it", "rotate the key again, or revoke it");
    }

    @Test
    void readerThatLeavesEarly_isNoFailure() {
        assumeTrue(Files.exists(Path.of("/dev/full")), "/dev/full is the reader of this test");
        issue();
        String command = with("list", "--account", "acct_1").stream()
                .map(it -> "'" + it + "'")
                .collect(Collectors.joining(" ", "", " > /dev/full"));

        Result result = jar.process("", List.of("/bin/sh", "-c", command));

        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.err()).isEmpty();
    }

    @Test
    void storeThatIsNotThere_isOneLine_withoutItsPassword() {
        for (String url : List.of("jdbc:postgresql://localhost:1/keys", "jdbc:mariadb://localhost:1/keys")) {
            Result result = jar.variable("DB_PASSWORD", "hunter2-hunter2")
                    .run(
                            "list",
                            "--account",
                            "a",
                            "--set",
                            "store.url=" + url,
                            "--set",
                            "store.password=${DB_PASSWORD}");

            assertThat(result.exit()).as(url).isEqualTo(5);
            assertThat(result.err().lines()).singleElement().asString().startsWith("keystile list: ");
            assertThat(result.err()).doesNotContain("hunter2");
        }
    }
}
