package dev.keystile.jwt;

import dev.keystile.config.CredentialFormatProvider;
import dev.keystile.config.Setting;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** Reads the settings {@code signing.*} into a {@link SignedTokenFormat}. Safe for use by many threads. */
public final class SignedTokenProvider implements CredentialFormatProvider {

    private static final Setting ENVIRONMENTS = Setting.of(
            "signing.environments",
            "list of environments",
            "",
            "With the extension `keystile-jwt`, the environments for which [keys that sign requests](signing-keys.md) can be"
                    + " made. Such a key is presented as a token that its private half signs.",
            "production, sandbox");
    private static final Setting AUDIENCE = Setting.of(
            "signing.audience",
            "text",
            "",
            "What `aud` of a token has to be, or to hold. Needed with `signing.environments`.",
            "acme-api-v1");
    private static final Setting ISSUER = Setting.of(
            "signing.issuer",
            "`account`, or `attribute <name>`",
            "account",
            "What `iss` of a token has to be: the account of the key, or one of the key's attributes.",
            "attribute issuer");
    private static final Setting BIND = Setting.of(
            "signing.bind",
            "list of `<claim>:<attribute>`",
            "",
            "Claims of which each has to be one of the words of an attribute of the key, letter by letter. The principal has"
                    + " the claim as an attribute of the claim's name, for `bind=` of rules.",
            "bid:apps");
    private static final Setting MAX_AGE = Setting.of(
            "signing.max-age",
            "duration, `1s` to `366d`",
            "1h",
            "How long a token may last: from its `iat` to its `exp`, or from now where it has no `iat`.",
            "20m");
    private static final Setting CLOCK_SKEW = Setting.of(
            "signing.clock-skew",
            "duration, `0` to `10m`",
            "60s",
            "How far the clocks of clients may be off, either way, for `exp`, `nbf` and `iat`.",
            "30s");

    private static final String ATTRIBUTE = "attribute ";

    /** For {@link ServiceLoader}. */
    public SignedTokenProvider() {}

    /** {@code signing.} */
    @Override
    public String beginning() {
        return "signing.";
    }

    @Override
    public List<Setting> settings() {
        return List.of(ENVIRONMENTS, AUDIENCE, ISSUER, BIND, MAX_AGE, CLOCK_SKEW);
    }

    @Override
    public List<String> problems(Map<String, String> values) {
        return read(values).problems;
    }

    @Override
    public CredentialFormat open(Map<String, String> values) {
        Reading reading = read(values);
        if (!reading.problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", reading.problems));
        }
        return reading.builder.build();
    }

    private static Reading read(Map<String, String> values) {
        Reading reading = new Reading(values);
        reading.read();
        return reading;
    }

    /** The settings, read one by one, so that one mistake does not hide the next. */
    private static final class Reading {

        private final Map<String, String> values;
        private final List<String> problems = new ArrayList<>();
        private final SignedTokenFormat.Builder builder;

        Reading(Map<String, String> values) {
            this.values = values;
            this.builder =
                    SignedTokenFormat.builder(text(AUDIENCE), environments().toArray(KeyEnvironment[]::new));
        }

        private String text(Setting setting) {
            return values.getOrDefault(setting.name(), "").strip();
        }

        private List<String> list(Setting setting) {
            String value = text(setting);
            return value.isEmpty()
                    ? List.of()
                    : Arrays.stream(value.split(",", -1)).map(String::strip).toList();
        }

        private List<KeyEnvironment> environments() {
            List<KeyEnvironment> environments = new ArrayList<>();
            for (String name : list(ENVIRONMENTS)) {
                attempt(ENVIRONMENTS, () -> environments.add(new KeyEnvironment(name)));
            }
            return environments;
        }

        void read() {
            if (text(ENVIRONMENTS).isEmpty()) {
                problems.add(
                        ENVIRONMENTS.name() + " is missing: expected the environments of the keys that sign, such as "
                                + ENVIRONMENTS.example());
            }
            if (text(AUDIENCE).isEmpty()) {
                problems.add(AUDIENCE.name() + " is missing: expected the name of the API that tokens are for, such as "
                        + AUDIENCE.example());
            }
            readIssuer();
            list(BIND).forEach(this::readBinding);
            readSpan(MAX_AGE, Duration.ofSeconds(1), SignedTokenFormat.LONGEST_MAX_AGE)
                    .ifPresent(builder::maxAge);
            readSpan(CLOCK_SKEW, Duration.ZERO, SignedTokenFormat.LONGEST_CLOCK_SKEW)
                    .ifPresent(builder::clockSkew);
        }

        private void readIssuer() {
            String issuer = text(ISSUER);
            if (issuer.startsWith(ATTRIBUTE)) {
                builder.issuerAttribute(issuer.substring(ATTRIBUTE.length()).strip());
            } else if (!issuer.isEmpty() && !issuer.equals("account")) {
                problems.add(ISSUER.name() + ": '" + issuer + "': expected account or attribute <name>");
            }
        }

        private void readBinding(String entry) {
            int colon = entry.indexOf(':');
            if (colon < 1 || colon == entry.length() - 1) {
                problems.add(
                        BIND.name() + ": '" + entry + "': expected <claim>:<attribute>, such as " + BIND.example());
            } else {
                attempt(BIND, () -> builder.bind(entry.substring(0, colon), entry.substring(colon + 1)));
            }
        }

        private Optional<Duration> readSpan(Setting setting, Duration least, Duration most) {
            String text = text(setting);
            if (text.isEmpty()) {
                return Optional.empty();
            }
            List<Duration> read = new ArrayList<>();
            attempt(setting, () -> read.add(Spans.parse(text)));
            if (read.isEmpty()) {
                return Optional.empty();
            }
            Duration span = read.get(0);
            if (span.compareTo(least) < 0 || span.compareTo(most) > 0) {
                problems.add(setting.name() + ": '" + text + "': expected "
                        + setting.type().replace("`", ""));
                return Optional.empty();
            }
            return Optional.of(span);
        }

        private void attempt(Setting setting, Runnable step) {
            try {
                step.run();
            } catch (IllegalArgumentException mistake) {
                problems.add(setting.name() + ": " + mistake.getMessage());
            }
        }
    }
}
