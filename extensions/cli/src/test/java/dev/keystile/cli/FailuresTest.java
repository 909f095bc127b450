package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.cli.Cli.Result;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way to fail, with the one line that says so and the exit code that programs see. */
final class FailuresTest {

    private static final String NO_KEY = "zzzzzzzzzzzz";

    private final KeyStore store = KeyStore.inMemory();
    private Cli cli;

    @BeforeEach
    void start(@TempDir Path folder) {
        cli = new Cli(folder).over(store);
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("isue", 2, "keystile: there is no command isue; did you mean issue?; see keystile help"),
                mistake(
                        "list --acount acct_1",
                        2,
                        "keystile list: Missing required option: '--account=<account>'; there is no option --acount; did you"
                                + " mean --account?; see keystile help list"),
                mistake(
                        "list --account acct_1 --statsu=active",
                        2,
                        "keystile list: there is no option --statsu; did you mean --status?; see keystile help list"),
                mistake(
                        "list --account acct_1 --status good",
                        2,
                        "keystile list: --status: 'good': expected one of [revoked, expired, suspended, disabled, active];"
                                + " see keystile help list"),
                mistake(
                        "list --account acct_1 --environment prod",
                        2,
                        "keystile list: --environment: 'prod': expected one of [live, test]"),
                mistake("list --account=", 2, "keystile list: --account '': expected a text that is not blank"),
                mistake(
                        "list --account acct_1 --set foo",
                        2,
                        "keystile list: --set: expected <setting>=<value>; see keystile help list"),
                mistake(
                        "issue --account a --environment live --name=",
                        2,
                        "keystile issue: --name '': expected a text that is not blank"),
                mistake(
                        "issue --account a --environment live --name n --member=",
                        2,
                        "keystile issue: --member '': expected a text that is not blank"),
                mistake(
                        "issue --account a --name n --environment live --expires 2027-02-30",
                        2,
                        "keystile issue: --expires: '2027-02-30': there is no such day"),
                mistake(
                        "issue --account a --environment live --name n --attribute apps=a --attribute b=a --attribute=apps=b",
                        2,
                        "keystile issue: --attribute: apps is there twice; see keystile help issue"),
                mistake("list --account acct_1 --limit 1001", 2, "keystile list: --limit 1001: expected 1 to 1000"),
                mistake(
                        "list --account acct_1 --limit many",
                        2,
                        "keystile list: --limit: 'many': expected a whole number; see keystile help list"),
                mistake(
                        "list --account acct_1 --text " + "x".repeat(101),
                        2,
                        "keystile list: --text: text '" + "x".repeat(101)
                                + "': expected 1 to 100 characters, not all blank"),
                mistake(
                        "list --account acct_1 extra",
                        2,
                        "keystile list: 'extra' is one argument too many; see keystile help list"),
                mistake("show", 2, "keystile show: Missing required parameter: '<key id>'; see keystile help show"),
                mistake(
                        "show short",
                        2,
                        "keystile show: <key id>: 'short': expected the id of a key, 12 letters and digits, as keystile list"
                                + " shows; see keystile help show"),
                mistake(
                        "rotate " + NO_KEY + " --overlap 1d --overlap-from-first-use 1d",
                        2,
                        "keystile rotate: --overlap and --overlap-from-first-use exclude each other"),
                mistake(
                        "rotate " + NO_KEY + " --overlap 400d",
                        2,
                        "keystile rotate: an overlap of PT9600H: expected 0 to 366 days"),
                mistake(
                        "rotate " + NO_KEY + " --overlap soon",
                        2,
                        "keystile rotate: --overlap: 'soon': expected a whole number of ms, s, m, h, d or w, such as 90d; see"
                                + " keystile help rotate"),
                mistake(
                        "issue --account a --name n --environment live --expires tomorrow",
                        2,
                        "keystile issue: --expires: 'tomorrow': expected a length of time, a day or a time, such as 90d,"
                                + " 2027-12-31 or 2027-12-31T18:00:00Z"),
                mistake(
                        "issue --account a --name n --environment live --member m --service-owned",
                        2,
                        "keystile issue: --service-owned and --member exclude each other"),
                mistake(
                        "issue --account a --name n --environment live --address 10.0.0.1/8",
                        2,
                        "keystile issue: --addresses: '10.0.0.1/8': expected an IP address or the first address of a range"
                                + " and its bits, such as 10.1.2.3, 10.0.0.0/8 or fd00::/8; see keystile help issue"),
                mistake("audit", 2, "keystile audit: expected --account or --key"),
                mistake("usage " + NO_KEY + " --days 0", 2, "keystile usage: --days 0: expected 1 to 3660"),
                mistake("help rotat", 2, "keystile help: there is no command rotat; did you mean rotate?"),
                mistake(
                        "show " + NO_KEY,
                        3,
                        "keystile show: there is no key zzzzzzzzzzzz in the store of the settings"),
                mistake(
                        "rotate " + NO_KEY,
                        3,
                        "keystile rotate: there is no key zzzzzzzzzzzz in the store of the settings"),
                mistake(
                        "revoke -y " + NO_KEY,
                        3,
                        "keystile revoke: there is no key zzzzzzzzzzzz in the store of the settings"),
                mistake(
                        "audit --key " + NO_KEY,
                        3,
                        "keystile audit: there is no key zzzzzzzzzzzz in the store of the settings"),
                mistake(
                        "issue --account a --name n --environment live --scopes invoices:all",
                        4,
                        "keystile issue: scopes [invoices:all] are not declared"),
                mistake(
                        "issue --account a --name n --environment stage",
                        4,
                        "keystile issue: no prefix is minted for secret keys of environment stage"),
                mistake(
                        "issue --account a --name n --environment live --plan gold",
                        4,
                        "keystile issue: there is no plan 'gold'"),
                mistake(
                        "issue --account a --name n --environment live --expires 2020-01-01",
                        4,
                        "keystile issue: the key would have expired at 2020-01-01T23:59:59Z"),
                mistake(
                        "list --account a --config /there/is/none",
                        6,
                        "keystile list: /there/is/none: there is no such file"),
                mistake(
                        "list --account a --set store.tipe=jdbc",
                        6,
                        "keystile list: store.tipe is no setting: did you mean store.type?"),
                mistake(
                        "list --account a --set store.type=memory",
                        6,
                        "keystile list: store.type = memory: expected a store that outlives the process, for the keys of the"
                                + " application are in its memory alone, out of reach from here"));
    }

    private static Arguments mistake(String command, int exit, String line) {
        return argumentSet(command, command, exit, line);
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistake_isToldInOneLine(String command, int exit, String line) {
        cli.over(issuedOnce());

        Result result = cli.run(command);

        assertThat(result.err()).isEqualTo(line + System.lineSeparator());
        assertThat(result.out()).isEmpty();
        assertThat(result.exit()).isEqualTo(exit);
    }

    /** A store that is not new, so that no note of that is in the way. */
    private KeyStore issuedOnce() {
        if (store.revision() == 0) {
            cli.run("issue --account other --name n --environment live -q").succeeds();
        }
        return store;
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistake_withJson_isOneDocumentOnStandardError(String command, int exit, String line) {
        Result result = cli.run(command + " --json");

        Json json = Json.parse(result.err());
        assertThat(json.at("error.exit")).isEqualTo((long) exit);
        assertThat(line).endsWith(": " + json.text("error.message"));
        assertThat(json.text("error.code")).isEqualTo(codeOf(exit));
        assertThat(result.out()).isEmpty();
        assertThat(result.exit()).isEqualTo(exit);
    }

    private static String codeOf(int exit) {
        return switch (exit) {
            case 2 -> "usage";
            case 3 -> "not-found";
            case 4 -> "refused";
            case 6 -> "configuration";
            default -> "";
        };
    }

    @Test
    void noSettings_areNamed() {
        Result result = cli.without("KEYSTILE_CONFIG").run("list --account acct_1");

        assertThat(result.exit()).isEqualTo(6);
        assertThat(result.err()).contains("--config", "KEYSTILE_CONFIG");
    }

    /** What is issued there is gone with the process. */
    @ParameterizedTest
    @ValueSource(strings = {"memory", " memory ", "${STORE}", "mem${REST}"})
    void aStoreInMemory_isRefused_howeverItIsWritten(String type) {
        cli.variable("STORE", "memory").variable("REST", "ory");

        Result result = cli.write(Cli.SETTINGS.replace("store.type = jdbc", "store.type = " + type))
                .run("issue --account acct_1 --name n --environment live");

        assertThat(result.exit()).isEqualTo(6);
        assertThat(result.err()).contains("store.type = memory: expected a store that outlives the process");
    }

    @Test
    void everyProblemOfTheSettings_isALine() {
        Result result = cli.write("""
                        key.prefixes = acme_live_ hidden live
                        key.prefixs = twice
                        store.type = jdbc
                        store.type = jdbc
                        scopes = a, a
                        plans.starter = lots
                        """).run("list --account acct_1");

        assertThat(result.exit()).isEqualTo(6);
        assertThat(result.err().lines().toList())
                .containsExactlyInAnyOrder(
                        "keystile list: store.type is set twice: keep one of the two lines",
                        "keystile list: key.prefixs is no setting: did you mean key.prefixes?",
                        "keystile list: key.prefixes: 'acme_live_ hidden live': kind 'hidden': expected secret or"
                                + " publishable",
                        "keystile list: scopes: 'a' is declared twice",
                        result.err()
                                .lines()
                                .filter(it -> it.startsWith("keystile list: plans.starter: "))
                                .findFirst()
                                .orElse("plans.starter is not told"));
    }

    @Test
    void aMissingPepper_isInNobodysWay_untilASecretIsMade() {
        cli.write(Cli.SETTINGS + "key.hash = hmac-sha256\nkey.pepper = ${ACME_PEPPER}\n");

        assertThat(cli.run("list --account acct_1").exit()).isZero();
        Result refused = cli.run("issue --account acct_1 --name n --environment live");
        cli.variable("ACME_PEPPER", "0123456789 a pepper of 32 bytes and more");
        Result issued = cli.run("issue --account acct_1 --name n --environment live -q");

        assertThat(refused.exit()).isEqualTo(6);
        assertThat(refused.err())
                .contains(
                        "key.pepper: the environment variable ACME_PEPPER is not set; set it, or write the value here");
        assertThat(issued.succeeds().out()).startsWith("acme_live_");
        cli.without("ACME_PEPPER");
        assertThat(cli.input(issued.out()).run("verify").exit()).isEqualTo(6);
    }

    @Test
    void anotherPepper_thanTheApplications_makesNoSecret() {
        cli.write(Cli.SETTINGS + "key.hash = hmac-sha256\nkey.pepper = ${ACME_PEPPER}\n");
        cli.variable("ACME_PEPPER", "0123456789 a pepper of 32 bytes and more");
        String id = cli.run("issue --account acct_1 --name n --environment live --json")
                .json()
                .text("key.id");
        cli.variable("ACME_PEPPER", "another pepper than that of the application");

        for (String command : List.of("issue --account acct_1 --name n --environment live", "rotate " + id)) {
            Result result = cli.run(command);
            assertThat(result.exit()).as(command).isEqualTo(6);
            assertThat(result.err())
                    .contains("expected key.hash and key.pepper to be what the stored secrets were made with");
        }
        assertThat(cli.run("list --account acct_1 -q").lines()).containsExactly(id);
        assertThat(cli.run("revoke --yes " + id).exit()).isZero();
    }

    @Test
    void anotherPepper_afterAnAccountHasLeft_makesNoSecret() {
        cli.write(Cli.SETTINGS + "key.hash = hmac-sha256\nkey.pepper = ${ACME_PEPPER}\n");
        cli.variable("ACME_PEPPER", "0123456789 a pepper of 32 bytes and more");
        String id = issue();
        for (int i = 0; i < 101; i++) {
            cli.run("issue --account acct_2 --name n --environment live -q").succeeds();
        }
        cli.run("offboard-account acct_2 --yes").succeeds();
        cli.variable("ACME_PEPPER", "another pepper than that of the application");

        assertThat(cli.run("rotate --overlap 0 " + id).exit()).isEqualTo(6);
        assertThat(cli.run("issue --account acct_1 --name n --environment live").exit())
                .isEqualTo(6);
    }

    @Test
    void aStoreThatIsGone_isTold() {
        String id = issue();
        cli.over(failing("find", new UnavailableException("the key database could not be reached to find a key")));

        Result result = cli.run("revoke --yes " + id);

        assertThat(result.exit()).isEqualTo(5);
        assertThat(result.err())
                .isEqualToIgnoringNewLines("keystile revoke: the key database could not be reached to find a key");
        assertThat(cli.run("revoke --json --yes " + id).err()).contains("\"code\" : \"unavailable\"");
    }

    /** What fails after a change hides what was done; of a new secret, for ever. */
    @ParameterizedTest
    @ValueSource(
            strings = {"issue --account acct_1 --name n --environment live", "rotate --overlap 0 ID", "revoke -y ID"})
    void usageThatCannotBeRead_keepsNoChangeFromBeingTold(String command) {
        String id = issue();
        cli.over(failing("usage", new UnavailableException("the key database could not be reached")));

        Json told = cli.run(command.replace("ID", id) + " --json").succeeds().json();

        assertThat(told.at("key.last_used_at")).isNull();
        if (!command.startsWith("revoke")) {
            assertThat(told.text("secret")).startsWith("acme_live_");
        }
    }

    @Test
    void offboarding_thatFailsHalfway_saysToRepeatIt() {
        issue();
        cli.over(failing("apply", new UnavailableException("the key database could not apply a change")));

        Result result = cli.run("offboard-account acct_1 --yes");

        assertThat(result.exit()).isEqualTo(5);
        assertThat(result.err()).contains("some keys may be revoked already, so give this command again");
    }

    @Test
    void aKeyThatWasRevoked_canNeitherBeRotated_norDisabled_norEnabled() {
        String id = issue();
        cli.run("revoke --yes " + id).succeeds();

        for (String command : List.of("rotate ", "disable ", "enable ")) {
            Result result = cli.run(command + id);
            assertThat(result.exit()).as(command).isEqualTo(4);
            assertThat(result.err()).contains("key " + id + " is revoked");
        }
    }

    @Test
    void aSuspendedAccount_getsNoKeys() {
        issue();
        cli.run("suspend-account acct_1").succeeds();

        assertThat(cli.run("issue --account acct_1 --name n --environment live").exit())
                .isEqualTo(4);
    }

    @Test
    void aWholeKeyOnTheCommandLine_isNotRepeated() {
        String text = cli.run("issue --account acct_1 --name n --environment live -q")
                .out()
                .strip();

        for (String command : List.of("show " + text, "verify " + text, "list --account acct_1 --" + text, text)) {
            Result result = cli.run(command);
            assertThat(result.exit()).as(command).isEqualTo(2);
            assertThat(result.err()).doesNotContain(text.substring("acme_live_".length()));
        }
        assertThat(cli.run("show " + text).err()).contains("this looks like a whole key", "keystile verify");
    }

    @Test
    void aDefect_isOneLine_andAStacktraceOnlyWhenAskedFor() {
        String id = issue();
        cli.over(failing("find", new IllegalStateException("holds who knows what")));

        Result result = cli.run("show " + id);
        Result traced = cli.run("show --stacktrace " + id);

        assertThat(result.exit()).isEqualTo(70);
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .contains("java.lang.IllegalStateException", "--stacktrace");
        assertThat(traced.err()).contains("\tat dev.keystile.cli.");
    }

    @Test
    void aStoreThatIsNew_isToldOf() {
        assertThat(cli.run("list --account acct_1").err())
                .contains("nothing was ever stored in this store", "store.url");
        assertThat(cli.run("list --account acct_1 --json").err()).isEmpty();
        issue();
        assertThat(cli.run("list --account acct_1").err()).isEmpty();
    }

    @Test
    void aKeyOfAnotherAccount_isNoPlaceToGoOnFrom() {
        String id = issue();

        Result result = cli.run("list --account acct_2 --after " + id);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err()).contains("is of another account");
    }

    @Test
    void anOddName_isRefused() {
        assertThat(cli.run("list --account acct_1", "--as", "a\nb").exit()).isEqualTo(2);
        assertThat(cli.run("list --account acct_1", "--as", " ").exit()).isEqualTo(2);
        assertThat(cli.run("list --account acct_1", "--as", "a".repeat(101)).exit())
                .isEqualTo(2);
    }

    private String issue() {
        return cli.over(store)
                .run("issue --account acct_1 --name n --environment live --json")
                .succeeds()
                .json()
                .text("key.id");
    }

    /** The store, of which one method fails. */
    private KeyStore failing(String method, RuntimeException failure) {
        return (KeyStore) Proxy.newProxyInstance(
                KeyStore.class.getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, called, arguments) -> {
                    if (called.getName().equals(method)) {
                        throw failure;
                    }
                    try {
                        return called.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause() == null ? thrown : thrown.getCause();
                    }
                });
    }
}
