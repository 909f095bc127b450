package dev.keystile.cli;

import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyScope;
import dev.keystile.key.NewKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Issues a key. */
@Command(
        name = "issue",
        header = "Issues a key, and shows it once.",
        customSynopsis = {
            "keystile issue --account <account> --name <name>",
            "                      --environment <environment> [options]",
            "       keystile issue --signing [--out <file>] ...",
        },
        description = {
            "",
            "The whole key is shown now and never again: only a digest is stored. A key may do what its scopes and roles"
                    + " say, all of which the settings declare; without any it proves who calls, and no more.",
            "",
            "With --signing it is a pair: the private half, which signs tokens (keystile token), is handed out now and never"
                    + " again, and the public half is stored.",
        },
        footer = {
            "",
            "Examples:",
            "  keystile issue --account acct_1 --name \"Checkout server\" --environment live \\",
            "      --scopes invoices:read,invoices:write --plan growth --expires 90d",
            "  KEY=$(keystile issue --account acct_1 --name CI --environment test --quiet)",
            "  keystile issue --account acct_1 --name Reports --environment live \\",
            "      --signing --attribute apps=com.example.app --out ~/keys",
        })
final class IssueCommand extends KeyCommand {

    @Option(names = "--account", required = true, paramLabel = "<account>", description = "Whose key it will be.")
    private String account = "";

    @Option(
            names = "--name",
            required = true,
            paramLabel = "<name>",
            description = "What people will call it, up to 100 characters.")
    private String name = "";

    @Option(
            names = {"-e", "--environment"},
            required = true,
            paramLabel = "<environment>",
            description = "What it will open: an environment of key.prefixes or signing.environments, such as live.")
    private KeyEnvironment environment = KeyEnvironment.LIVE;

    @Option(
            names = {"--scopes", "--scope"},
            split = ",",
            hideParamSyntax = true,
            paramLabel = "<scopes>",
            description = "What it may do. Repeatable, or a list with commas.")
    private List<KeyScope> scopes = new ArrayList<>();

    @Option(
            names = {"--roles", "--role"},
            split = ",",
            hideParamSyntax = true,
            paramLabel = "<roles>",
            description = "Named sets of scopes. Repeatable, or a list with commas.")
    private List<String> roles = new ArrayList<>();

    @Option(
            names = "--plan",
            paramLabel = "<plan>",
            description = "The limits it has; those of the default plan, unless given.")
    private Optional<String> plan = Optional.empty();

    @Option(
            names = "--expires",
            paramLabel = "<when>",
            description =
                    "When it ends: in a time such as 90d, with a day such as 2027-12-31 (at its end, UTC), or at a"
                            + " time such as 2027-12-31T18:00:00Z. As key.default-age says, unless given.")
    private Optional<String> expires = Optional.empty();

    @Option(
            names = "--member",
            paramLabel = "<member>",
            description = "Whom it goes with: offboard-member revokes it. The account alone, unless given.")
    private Optional<String> member = Optional.empty();

    @Option(names = "--service-owned", description = "It goes with no member, as without --member.")
    private boolean serviceOwned;

    @Option(
            names = {"--addresses", "--address"},
            split = ",",
            hideParamSyntax = true,
            paramLabel = "<addresses>",
            description = "Where it may be used from: IP addresses, or ranges such as 10.0.0.0/8. Repeatable, or a list"
                    + " with commas. From everywhere, unless given.")
    private List<AddressRange> addresses = new ArrayList<>();

    @Option(
            names = "--attribute",
            paramLabel = "<attribute>=<value>",
            description = "What rules bind variables of paths to. Repeatable.")
    private Map<String, String> attributes = new LinkedHashMap<>();

    @Option(
            names = "--kind",
            paramLabel = "<kind>",
            description = "secret, which only servers may know, or publishable. secret, unless given.")
    private KeyKind kind = KeyKind.SECRET;

    @Option(
            names = "--prefix",
            paramLabel = "<prefix>",
            description = "What it begins with, where several prefixes fit.")
    private Optional<String> prefix = Optional.empty();

    @Option(
            names = "--api-version",
            paramLabel = "<number>",
            description = "The version of the API it is for, where rules ask for one.")
    private int version;

    @Option(names = "--signing", description = "A key that signs requests, for an environment of signing.environments.")
    private boolean signing;

    @Mixin
    private final OutOption out = new OutOption();

    @Option(
            names = {"-q", "--quiet"},
            description = "Writes the key alone to standard output, and all else to standard error.")
    private boolean quiet;

    IssueCommand(KeystileCommand root) {
        super(root);
    }

    @Override
    void requireSensible() {
        Options.requireText("--account", account);
        Options.requireText("--name", name);
        member.ifPresent(text -> Options.requireText("--member", text));
        if (serviceOwned && member.isPresent()) {
            throw CommandFailure.usage("--service-owned and --member exclude each other");
        }
        if (version < 0) {
            throw CommandFailure.usage("--api-version: expected 1 or more");
        }
    }

    @Override
    ExitCode run(Session session) throws IOException {
        Times times = session.times(false);
        NewKey.Builder wanted = NewKey.of(account, name, environment)
                .kind(kind)
                .version(version)
                .scopes(scopes)
                .roles(roles.toArray(String[]::new))
                .addresses(addresses);
        prefix.ifPresent(wanted::prefix);
        plan.ifPresent(wanted::plan);
        member.ifPresent(wanted::member);
        attributes.forEach(wanted::attribute);
        expires.map(text -> Options.read("--expires", text, times::parseMoment)).ifPresent(wanted::expiresAt);
        if (serviceOwned) {
            wanted.serviceOwned();
        }
        if (signing) {
            wanted.signing();
        }
        session.requireJudgeable();
        Optional<PrivateHalfFile> file = out.file(signing);
        try {
            return issue(wanted.build(), file, session);
        } finally {
            file.ifPresent(PrivateHalfFile::close);
        }
    }

    private ExitCode issue(NewKey wanted, Optional<PrivateHalfFile> file, Session session) throws IOException {
        Times times = session.times(false);
        IssuedKey issued = session.manager().issue(wanted, session.actor());
        ApiKey key = issued.key();
        session.reveal(
                issued,
                session.jsonOfNewKey(),
                file,
                quiet,
                "Issued " + KeyText.title(key) + " for " + account + ", " + environment
                        + key.expiresAt()
                                .map(end -> ", until " + times.shown(end))
                                .orElse("") + ".",
                List.of("It is shown this once. Put it where its program finds it; if it gets lost, rotate the key."));
        return ExitCode.DONE;
    }
}
