package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.cli.Cli.Result;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each command as whoever types it sees it: standard output, standard error, exit code, and what became of the keys. */
final class CommandsTest {

    private static final String ISSUE = "issue --account acct_1 --environment live ";

    @TempDir
    private Path folder;

    private Cli cli;
    /** The same file, as the application beside the commands has it open. */
    private KeyStore store;

    @BeforeEach
    void start() {
        cli = new Cli(folder);
        store = Cli.open("jdbc:h2:file:" + folder.resolve("keys"));
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private Json issue(String more) {
        String name = more.contains("--name") ? "" : "--name server ";
        return cli.run(ISSUE + "--json " + name + more).succeeds().json();
    }

    private String issued(String more) {
        return issue(more).text("key.id");
    }

    private AuditEntry lastChange() {
        return store.audit(AuditQuery.ofAccount("acct_1")).entries().get(0);
    }

    // issue

    @Test
    void issue_showsTheKeyOnce_andStoresWhatWasAsked() {
        Result result = cli.run(
                ISSUE + "--name server --scopes invoices:read,customers:read --scope invoices:write --role support"
                        + " --plan growth --expires 2099-12-31 --member usr_7 --addresses 10.0.0.0/8,fd00::/8 --attribute"
                        + " project=p1 --attribute team=t2");

        String text = result.succeeds().lines().get(2).strip();
        assertThat(text).matches("acme_live_[0-9A-Za-z]{45}");
        KeyId id = new KeyId(text.substring("acme_live_".length(), "acme_live_".length() + 12));
        assertThat(result.lines())
                .containsExactly(
                        "Issued key " + id + " (server) for acct_1, live, until 2099-12-31T23:59:59Z.",
                        "",
                        "  " + text,
                        "",
                        "It is shown this once. Put it where its program finds it; if it gets lost, rotate the key.");
        assertThat(result.out().split(text, -1)).hasSize(2);
        assertThat(store.find(id)).hasValueSatisfying(key -> {
            assertThat(key.scopes())
                    .extracting(Object::toString)
                    .containsExactlyInAnyOrder("invoices:read", "customers:read", "invoices:write");
            assertThat(key.roles()).containsExactly("support");
            assertThat(key.plan()).contains("growth");
            assertThat(key.member()).contains("usr_7");
            assertThat(key.addresses())
                    .extracting(Object::toString)
                    .containsExactly("10.0.0.0/8", "fd00:0:0:0:0:0:0:0/8");
            assertThat(key.attributes()).isEqualTo(Map.of("project", "p1", "team", "t2"));
            assertThat(key.expiresAt()).contains(Instant.parse("2099-12-31T23:59:59Z"));
            assertThat(key.createdBy()).isEqualTo("operator:cli:jane");
        });
    }

    @Test
    void issue_quiet_writesTheKeyAlone() {
        Result result = cli.run(ISSUE + "--name server --quiet").succeeds();

        assertThat(result.out()).matches("acme_live_[0-9A-Za-z]{45}\\R");
        assertThat(result.err())
                .contains("Issued key ")
                .doesNotContain(result.out().strip());
    }

    @Test
    void issue_json_isOneDocument() {
        Result result =
                cli.run(ISSUE + "--name server --json --scopes invoices:write").succeeds();

        Json json = result.json();
        assertThat(json.text("secret")).startsWith("acme_live_" + json.text("key.id"));
        assertThat(json.at("key.name")).isEqualTo("server");
        assertThat(json.at("key.scopes")).isEqualTo(List.of("invoices:write"));
        assertThat(json.at("key.effective_scopes")).isEqualTo(List.of("invoices:read", "invoices:write"));
        assertThat(json.at("key.status")).isEqualTo("active");
        assertThat(json.at("key.member")).isNull();
        assertThat(json.at("key.expires_at")).isNull();
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--kind publishable, acme_pk_",
        "--environment test, acme_test_",
        "--prefix acme_live_, acme_live_",
    })
    void issue_takesThePrefixThatFits(String options, String prefix) {
        Result result = cli.run("issue --account acct_1 --name server -q "
                + (options.contains("--environment") ? "" : "--environment live ") + options);

        assertThat(result.succeeds().out()).startsWith(prefix);
    }

    @Test
    void issue_serviceOwned_goesWithNoMember() {
        assertThat(issue("--service-owned").at("key.member")).isNull();
    }

    @Test
    void issue_ofANameThatBeginsWithAnAt_isNoFile() throws IOException {
        Files.writeString(folder.resolve("name"), "from the file");

        String name = "@" + folder.resolve("name");
        Json json = cli.run("issue --account acct_1 --environment live --json --name", name)
                .succeeds()
                .json();

        assertThat(json.at("key.name")).isEqualTo(name);
    }

    @Test
    void set_takesThePlaceOfWhatTheFileSays() {
        issue("");
        String elsewhere = "store.url=jdbc:h2:file:" + folder.resolve("elsewhere");

        assertThat(cli.run("issue --account acct_2 --name n --environment live --set " + elsewhere)
                        .succeeds()
                        .err())
                .contains("nothing was ever stored in this store");
        assertThat(cli.run("list --account acct_1 --set " + elsewhere)
                        .succeeds()
                        .err())
                .contains("acct_1 has no keys");
        assertThat(cli.run("list --account acct_1 --set " + elsewhere + "-too;IFEXISTS=TRUE")
                        .exit())
                .isEqualTo(5);
    }

    @Test
    void list_ofTheTextOfAWholeKey_isRefusedAndDoesNotRepeatIt() {
        String key = cli.run("issue --account acct_1 --name n --environment live -q")
                .succeeds()
                .lines()
                .get(0);

        Cli.Result result = cli.run("list --account acct_1 --text " + key);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err()).contains("--text: this is a whole key").doesNotContain(key);
    }

    @Test
    void set_toAVariableThatIsMissing_isToldOnce() {
        Cli.Result result = cli.run("list --account acct_1 --set store.url=${NOPE}");

        assertThat(result.exit()).isEqualTo(6);
        assertThat(result.err()).containsOnlyOnce("store.url").contains("the environment variable NOPE is not set");
    }

    /** A mistyped name must not leave an empty database behind. */
    @Test
    void readingCommand_onAFileThatIsNotThere_makesNone() {
        String elsewhere = " --set store.url=jdbc:h2:file:" + folder.resolve("kyes/keys");
        for (String command : List.of("list --account acct_1", "show zzzzzzzzzzzz", "audit --account acct_1")) {
            Cli.Result result = cli.run(command + elsewhere);

            assertThat(result.exit()).isEqualTo(5);
            assertThat(result.err()).contains("the H2 database that store.url names is not there");
        }
        assertThat(folder.resolve("kyes")).doesNotExist();
    }

    @Test
    void changes_standInTheAuditTrail_withUserAndHost() {
        issue("");
        assertThat(lastChange()).satisfies(entry -> {
            assertThat(entry.actor()).isEqualTo("operator:cli:jane");
            assertThat(entry.address()).contains("ops-1");
        });

        issue("--as deploy-bot");
        assertThat(lastChange().actor()).isEqualTo("operator:cli:deploy-bot");
    }

    // list

    @Test
    void list_ofNobody_saysSo() {
        Result result = cli.run("list --account acct_1").succeeds();

        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("acct_1 has no keys");
    }

    @Test
    void list_showsEachKey_andBothHalvesOfARotation() {
        String id = issued("--scopes invoices:read --role support --plan growth");
        cli.run("rotate " + id + " --overlap 24h").succeeds();
        cli.run("rotate " + issued("--name other") + " --overlap-from-first-use 36h")
                .succeeds();
        store.usage().add(List.of(), Map.of(new KeyId(id), Instant.parse("2026-03-04T05:06:07Z")));

        List<String> lines = cli.run("list --account acct_1").succeeds().lines();

        Json key = cli.run("show " + id + " --json").json();
        assertThat(lines.get(0).split(" {2,}"))
                .containsExactly(
                        "KEY ID",
                        "KEY",
                        "NAME",
                        "ENV",
                        "STATUS",
                        "SCOPES",
                        "PLAN",
                        "LAST USED",
                        "EXPIRES",
                        "CREATED",
                        "CREATED BY");
        assertThat(lines).hasSize(5);
        assertThat(lines.get(2)).contains("36h from first use");
        assertThat(lines.get(3).split(" {2,}"))
                .containsExactly(
                        id,
                        "acme_live_…" + key.text("key.last_four"),
                        "server",
                        "live",
                        "active",
                        "invoices:read, role support",
                        "growth",
                        "2026-03-04T05:06Z",
                        "never",
                        key.text("key.created_at").substring(0, 16) + "Z",
                        "operator:cli:jane");
        assertThat(lines.get(4).strip().split(" {2,}"))
                .containsExactly(
                        "acme_live_…" + key.text("key.secrets.0.last_four"),
                        "(as before)",
                        "until " + key.text("key.secrets.0.ends_at").substring(0, 16) + "Z");
    }

    @Test
    void list_ofManyScopes_showsSome_andHowManyMore() {
        issued("--scopes invoices:read,invoices:write,customers:read --role support");

        assertThat(cli.run("list --account acct_1").succeeds().out())
                .contains("  customers:read, invoices:read, invoices:write and 1 more  ");
        assertThat(cli.run("list --account acct_1 --wide").succeeds().out())
                .contains("  customers:read, invoices:read, invoices:write, role support  ");
    }

    @Test
    void list_ofARevokedKey_showsNoHalf() {
        String id = issued("");
        cli.run("rotate " + id).succeeds();
        cli.run("revoke --yes " + id).succeeds();

        assertThat(cli.run("list --account acct_1").succeeds().lines()).hasSize(2);
        assertThat(cli.run("show " + id).succeeds().out())
                .contains("Status        revoked since 20")
                .doesNotContain("works");
    }

    @Test
    void list_ofManyPages_goesOnWhereItStopped() {
        List<String> ids =
                IntStream.range(0, 5).mapToObj(i -> issued("--name key-" + i)).toList();

        Result first = cli.run("list --account acct_1 --limit 2 --quiet").succeeds();
        String last = first.lines().get(1);
        assertThat(first.err()).contains("more follow: --after " + last);
        Result rest = cli.run("list --account acct_1 --quiet --after " + last).succeeds();
        Result all = cli.run("list --account acct_1 --quiet --all --limit 1").succeeds();

        assertThat(first.lines()).hasSize(2);
        assertThat(rest.lines()).hasSize(3).doesNotContainAnyElementsOf(first.lines());
        assertThat(rest.err()).isEmpty();
        assertThat(all.lines()).containsExactlyInAnyOrderElementsOf(ids);
        Json page = cli.run("list --account acct_1 --limit 2 --json").json();
        assertThat(page.at("next")).isEqualTo(page.at("keys.1.id"));
        assertThat(cli.run("list --account acct_1 --json").json().at("next")).isNull();
    }

    @Test
    void list_filters() {
        String plain = issued("");
        String members = issued("--member usr_7 --name checkout");
        String test = cli.run("issue --account acct_1 --name t --environment test --json")
                .json()
                .text("key.id");
        String disabled = issued("--name off");
        cli.run("disable " + disabled).succeeds();
        String revoked = issued("--name gone");
        cli.run("revoke --yes " + revoked).succeeds();

        Map<String, List<String>> expected = Map.of(
                "--environment test", List.of(test),
                "--member usr_7", List.of(members),
                "--text CHECK", List.of(members),
                "--status disabled", List.of(disabled),
                "--status revoked", List.of(revoked),
                "--status active --environment live --text server", List.of(plain),
                "--status expired", List.of());
        expected.forEach((filter, ids) -> assertThat(
                        cli.run("list --account acct_1 -q " + filter).succeeds().lines())
                .as(filter)
                .containsExactlyElementsOf(ids));
    }

    @Test
    void list_onANarrowTerminal_leavesOutColumns_andSaysWhich() {
        String id = issued("--scopes invoices:read");
        cli.at(new TypingTerminal().wide(80));

        Result narrow = cli.run("list --account acct_1").succeeds();
        Result wide = cli.run("list --account acct_1 --wide").succeeds();

        assertThat(narrow.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(narrow.out()).contains(id, "STATUS").doesNotContain("CREATED BY", "\u001b");
        assertThat(narrow.err()).contains("left out for want of room:", "CREATED BY", "--wide");
        assertThat(wide.out()).contains("CREATED BY", "operator:cli:jane");
        assertThat(wide.err()).isEmpty();
    }

    @Test
    void list_relative_showsHowLongAgo() {
        issued("--expires 90d");
        cli.now(Instant.now().plus(Duration.ofHours(50)));

        assertThat(cli.run("list --account acct_1 --relative").lines().get(1)).contains("2d ago", "in 87d");
    }

    // show

    @Test
    void show_tellsAll_butNoSecret() {
        String id = issued("--scopes invoices:write --member usr_7 --expires 2099-12-31 --attribute project=p1");
        cli.run("rotate " + id).succeeds();

        Result result = cli.run("show " + id).succeeds();

        assertThat(result.lines())
                .contains(
                        "Key id        " + id,
                        "Name          server",
                        "Account       acct_1",
                        "Member        usr_7",
                        "Status        active",
                        "Environment   live",
                        "Kind          secret",
                        "Scopes        invoices:write",
                        "May in all    invoices:read, invoices:write",
                        "Plan          the default",
                        "Attribute     project=p1",
                        "Addresses     all",
                        "Last used     never",
                        "Expires       2099-12-31T23:59:59Z");
        assertThat(result.lines().get(result.lines().size() - 1))
                .contains("works until 1d after the first use of the new one");
        assertThat(result.out()).doesNotContain("$argon2id$").doesNotContainPattern("acme_live_[0-9A-Za-z]");
    }

    @Test
    void show_ofWhatCannotBeSeen_writesAQuestionMarkForIt() {
        String id = issue("").text("key.id");
        cli.run(
                "issue --account acct_1 --environment live --json --name x",
                "--attribute",
                "note=a\u001b[31mred\u202eb");
        String other = cli.run("list --account acct_1 --text x -q").lines().stream()
                .filter(it -> !it.equals(id))
                .findFirst()
                .orElseThrow();

        assertThat(cli.run("show " + other).succeeds().out()).contains("note=a?[31mred?b");
    }

    // rotate

    @Test
    void rotate_unlessSaid_letsTheOldGoOnFromTheFirstUseOfTheNew() {
        String id = issued("");

        Result result = cli.run("rotate " + id).succeeds();

        String text = result.lines().get(2).strip();
        assertThat(text).startsWith("acme_live_" + id);
        assertThat(result.out())
                .contains("Rotated key " + id + " (server) of acct_1.")
                .contains("goes on working until 1d after the first use of the new one.");
        assertThat(lastChange().detail()).isEqualTo("secret 2, overlap 1d from first use");
    }

    @ParameterizedTest
    @CsvSource({
        "--overlap 7d, 'secret 2, overlap 7d', goes on working until 20",
        "--overlap 0, 'secret 2, overlap none', The key as it was has ended.",
        "--overlap-from-first-use 30m, 'secret 2, overlap 30m from first use', until 30m after the first use of the new one.",
    })
    void rotate_withAnOverlap_saysWhenTheOldEnds(String options, String detail, String said) {
        String id = issued("");

        Result result = cli.run("rotate " + id + " " + options).succeeds();

        assertThat(result.out()).contains(said);
        assertThat(lastChange().detail()).isEqualTo(detail);
    }

    @Test
    void rotate_quietOrJson_givesTheNewKey() {
        String id = issued("");

        assertThat(cli.run("rotate -q " + id).succeeds().out()).matches("acme_live_" + id + "[0-9A-Za-z]{33}\\R");
        assertThat(cli.run("rotate --json " + id).succeeds().json().text("secret"))
                .startsWith("acme_live_" + id);
    }

    // revoke, disable, enable

    @ParameterizedTest
    @CsvSource({
        "revoke --yes, Revoked, revoked, was revoked 20",
        "disable, Disabled, disabled, was disabled 20",
    })
    void change_again_changesNothing(String command, String done, String status, String doneBefore) {
        String id = issued("");

        Result first = cli.run(command + " " + id).succeeds();
        long revision = store.revision();
        Result second = cli.run(command + " " + id).succeeds();

        assertThat(first.out()).isEqualToIgnoringNewLines(done + " key " + id + " (server) of acct_1.");
        assertThat(second.out()).startsWith("Nothing to do: key " + id + " (server) of acct_1 " + doneBefore);
        assertThat(store.revision()).isEqualTo(revision);
        assertThat(cli.run("show --json " + id).json().at("key.status")).isEqualTo(status);
        assertThat(cli.run(command + " --json " + id).json().at("changed")).isEqualTo(false);
    }

    @Test
    void enable_letsADisabledKeyWorkAgain() {
        String id = issued("");
        cli.run("disable " + id).succeeds();

        assertThat(cli.run("enable " + id).succeeds().out()).startsWith("Enabled key " + id);
        assertThat(cli.run("enable " + id).succeeds().out()).contains("is not disabled");
        assertThat(cli.run("show --json " + id).json().at("key.status")).isEqualTo("active");
    }

    @ParameterizedTest
    @CsvSource({"y, 0, revoked", "YES, 0, revoked", "n, 1, active", "'', 1, active", "yeah, 1, active"})
    void revoke_onATerminal_asks(String answer, int exit, String status) {
        String id = issued("");
        TypingTerminal terminal = new TypingTerminal().types(answer);
        cli.at(terminal);

        Result result = cli.run("revoke " + id);

        assertThat(terminal.questions())
                .singleElement()
                .asString()
                .startsWith("Revoke key " + id + " (server) of acct_1, acme_live_…")
                .endsWith(", for ever? [y/N] ");
        assertThat(result.exit()).isEqualTo(exit);
        assertThat(result.err()).isEqualToIgnoringNewLines(exit == 0 ? "" : "keystile revoke: nothing was done");
        assertThat(cli.run("show --json " + id).json().at("key.status")).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"revoke ", "offboard-member usr_7 --account acct_1", "offboard-account acct_1"})
    void whatCannotBeTakenBack_whereNobodyCanBeAsked_needsYes(String command) {
        String id = issued("--member usr_7");
        String whole = command + (command.equals("revoke ") ? id : "");

        Result result = cli.run(whole);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err()).contains("--yes");
        assertThat(cli.at(new TypingTerminal().types("y"))
                        .run(whole + " --json")
                        .exit())
                .isEqualTo(2);
        assertThat(cli.run("list --account acct_1 --status active -q").lines()).containsExactly(id);
    }

    // offboard, suspend

    @Test
    void offboardMember_revokesTheMembersKeys_andNoOther() {
        String one = issued("--member usr_7");
        String two = issued("--member usr_7");
        String other = issued("--member usr_8");
        String service = issued("");

        Result result = cli.run("offboard-member usr_7 --account acct_1 --yes").succeeds();

        assertThat(result.lines().get(0)).isEqualTo("Revoked 2 keys of member usr_7 of acct_1:");
        assertThat(result.lines().subList(1, 3)).containsExactlyInAnyOrder("  " + one, "  " + two);
        assertThat(cli.run("list --account acct_1 --status active -q").lines())
                .containsExactlyInAnyOrder(other, service);
        assertThat(cli.run("offboard-member usr_7 --account acct_1 --yes")
                        .succeeds()
                        .out())
                .startsWith("Nothing to do: member usr_7 of acct_1 has no key");
    }

    @Test
    void offboardAccount_wantsItsName_suspendsIt_andRevokesAll() {
        List<String> ids = List.of(issued(""), issued("--member usr_7"));

        assertThat(cli.at(new TypingTerminal().types("y"))
                        .run("offboard-account acct_1")
                        .exit())
                .isEqualTo(1);
        assertThat(cli.run("list --account acct_1 --status active -q").lines()).hasSize(2);
        assertThat(cli.at(new TypingTerminal().types("acct_1"))
                        .run("offboard-account acct_1")
                        .succeeds()
                        .lines())
                .startsWith("Suspended account acct_1.", "Revoked 2 keys of account acct_1:");
        assertThat(cli.run("list --account acct_1 --status revoked -q").lines())
                .containsExactlyInAnyOrderElementsOf(ids);
        Json again = cli.run("offboard-account acct_1 --yes --json").json();
        assertThat(again.at("revoked")).isEqualTo(List.of());
        assertThat(again.at("suspended")).isEqualTo(true);
        assertThat(again.at("changed")).isEqualTo(false);
        assertThat(cli.run("offboard-account acct_1 --yes").succeeds().out())
                .isEqualToIgnoringNewLines(
                        "Nothing to do: account acct_1 is suspended and has no key that is not revoked.");
        assertThat(store.suspendedAt("acct_1")).isPresent();
    }

    @Test
    void offboardAccount_withoutKeys_tellsThatItSuspendedIt() {
        assertThat(cli.run("offboard-account acct_7 --yes").succeeds().out())
                .isEqualToIgnoringNewLines("Suspended account acct_7. It has no key that is not revoked.");
        Json other = cli.run("offboard-account acct_8 --yes --json").json();
        assertThat(other.at("suspended")).isEqualTo(true);
        assertThat(other.at("changed")).isEqualTo(true);
    }

    @Test
    void suspendAccount_suspendsItsKeys_untilItIsResumed() {
        String id = issued("");

        assertThat(cli.run("suspend-account acct_1").succeeds().out())
                .isEqualToIgnoringNewLines("Suspended account acct_1.");
        assertThat(cli.run("suspend-account acct_1").succeeds().out()).startsWith("Nothing to do");
        assertThat(cli.run("show --json " + id).json().at("key.status")).isEqualTo("suspended");
        assertThat(cli.run("resume-account acct_1 --json").json().at("changed")).isEqualTo(true);
        assertThat(cli.run("resume-account acct_1").succeeds().out()).startsWith("Nothing to do");
        assertThat(cli.run("show --json " + id).json().at("key.status")).isEqualTo("active");
    }

    // verify

    @Test
    void verify_ofAGoodKey_tellsWhoseItIs() {
        Json issued = issue("--scopes invoices:read --expires 2099-12-31");
        long revision = store.revision();

        Result result = cli.input(issued.text("secret") + "\n").run("verify").succeeds();

        assertThat(result.lines())
                .startsWith("The key is good.", "")
                .contains(
                        "Key id        " + issued.text("key.id"),
                        "Status        active",
                        "Scopes        invoices:read",
                        "Expires       2099-12-31T23:59:59Z");
        assertThat(result.out() + result.err()).doesNotContain(issued.text("secret"));
        assertThat(store.revision()).isEqualTo(revision);
        assertThat(store.usage().lastUsed(List.of(new KeyId(issued.text("key.id")))))
                .isEmpty();
        Json json = cli.run("verify --json").json();
        assertThat(json.at("good")).isEqualTo(true);
        assertThat(json.at("reason")).isNull();
        assertThat(json.at("secret_number")).isEqualTo(1L);
    }

    @Test
    void verify_onATerminal_asksWithoutShowing() {
        TypingTerminal terminal = new TypingTerminal().types(issue("").text("secret"));

        assertThat(cli.at(terminal).run("verify").succeeds().out()).startsWith("The key is good.");
        assertThat(terminal.questions()).containsExactly("Key (not shown): ");
    }

    @ParameterizedTest
    @CsvSource({
        "revoke --yes, revoked, it is revoked",
        "disable, disabled, it is disabled",
    })
    void verify_ofAKeyThatIsNotGood_tellsWhy(String change, String reason, String why) {
        Json issued = issue("");
        cli.run(change + " " + issued.text("key.id")).succeeds();
        cli.input(issued.text("secret"));

        Result result = cli.run("verify");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.lines().get(0)).isEqualTo("The key is not good: " + why + ".");
        assertThat(result.out()).contains(issued.text("key.id"));
        assertThat(result.err()).isEmpty();
        Result json = cli.run("verify --json");
        assertThat(json.exit()).isEqualTo(1);
        assertThat(json.json().at("reason")).isEqualTo(reason);
    }

    @Test
    void verify_ofTheOldHalf_tellsUntilWhen() {
        Json issued = issue("");
        cli.run("rotate " + issued.text("key.id")).succeeds();

        assertThat(cli.input(issued.text("secret")).run("verify").succeeds().lines())
                .contains(
                        "It is the key as it was before its rotation, and works until 1d after the first use of the new"
                                + " one:");
    }

    @Test
    void verify_ofWhatWasReplaced_orTampered_isNotTheKey() {
        Json issued = issue("");
        String text = issued.text("secret");
        cli.run("rotate --overlap 0 " + issued.text("key.id")).succeeds();

        assertThat(cli.input(text).run("verify --json").json().at("reason")).isEqualTo("wrong-secret");
        assertThat(cli.run("verify").out()).contains("it is not a secret of the key of its id", "not proven to be");
        String tampered = text.substring(0, text.length() - 1) + (text.endsWith("0") ? "1" : "0");
        assertThat(cli.input(tampered).run("verify --json").json().at("reason")).isEqualTo("malformed");
        assertThat(cli.run("verify").out())
                .contains("it begins with none of [acme_live_, acme_test_, acme_pk_, acme_old_], or it is mistyped");
        assertThat(cli.run("verify").out() + cli.run("verify").err()).doesNotContain(tampered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \n", "one\ntwo"})
    void verify_ofNoKeyOrMany_isAMistake(String input) {
        issue("");
        assertThat(cli.input(input).run("verify").exit()).isEqualTo(2);
    }

    // audit, usage

    @Test
    void audit_showsWhatBecameOfAnAccount_orAKey() {
        String id = issued("");
        issued("--name other");
        cli.run("rotate --overlap 24h " + id).succeeds();
        cli.run("suspend-account acct_1 --as security").succeeds();

        List<String> account = cli.run("audit --account acct_1").succeeds().lines();
        List<String> key = cli.run("audit --key " + id).succeeds().lines();
        Json json = cli.run("audit --account acct_1 --limit 1 --json").json();

        assertThat(account).hasSize(5);
        assertThat(account.get(1)).contains("suspend-account  -  ", "operator:cli:security");
        assertThat(key).hasSize(3);
        assertThat(key.get(1).split(" {2,}"))
                .hasSize(6)
                .contains("rotate", id, "operator:cli:jane", "ops-1", "secret 2, overlap 1d");
        assertThat(json.at("entries.0.action")).isEqualTo("suspend-account");
        assertThat(json.at("entries.0.key_id")).isNull();
        assertThat(cli.run("audit --account acct_1 --json --limit 1 --before " + json.at("next"))
                        .json()
                        .at("entries.0.action"))
                .isEqualTo("rotate");
        assertThat(cli.run("audit --account acct_1 --all --limit 1").lines()).hasSize(5);
    }

    @Test
    void usage_showsDaysOrHours_byOutcome() {
        KeyId id = new KeyId(issued(""));
        Instant now = Instant.parse("2026-11-22T15:30:00Z");
        cli.now(now);
        Instant hour = Instant.parse("2026-11-22T14:00:00Z");
        store.usage()
                .add(
                        List.of(
                                new UsageCount(id, hour, "allowed", 40),
                                new UsageCount(id, hour.plus(Duration.ofHours(1)), "allowed", 2),
                                new UsageCount(id, hour, "rate-limited", 3),
                                new UsageCount(id, hour.minus(Duration.ofDays(1)), "forbidden", 1),
                                new UsageCount(id, hour.minus(Duration.ofDays(9)), "allowed", 99)),
                        Map.of(id, now.minusSeconds(90)));

        Result days = cli.run("usage " + id).succeeds();
        Result hours = cli.run("usage " + id + " --days 1 --hours").succeeds();
        Json json = cli.run("usage " + id + " --days 2 --json").json();

        assertThat(days.lines())
                .containsExactly(
                        "DAY         ALLOWED  FORBIDDEN  RATE-LIMITED  ALL",
                        "2026-11-21  0        1          0             1",
                        "2026-11-22  42       0          3             45");
        assertThat(days.err()).contains("last used: 2026-11-22T15:28:30Z");
        assertThat(hours.lines())
                .containsExactly(
                        "HOUR                  ALLOWED  RATE-LIMITED  ALL",
                        "2026-11-22T14:00:00Z  40       3             43",
                        "2026-11-22T15:00:00Z  2        0             2");
        assertThat(json.at("from")).isEqualTo("2026-11-21T00:00:00Z");
        assertThat(json.at("counts.0.outcome")).isEqualTo("forbidden");
        assertThat(json.at("counts.1.requests")).isEqualTo(40L);
    }

    @Test
    void usage_ofAnUnusedKey_saysSo() {
        Result result = cli.run("usage " + issued("")).succeeds();

        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("no use since ").contains("last used: never");
    }
}
