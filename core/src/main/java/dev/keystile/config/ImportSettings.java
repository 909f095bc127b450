package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.key.ImportDigest;
import dev.keystile.key.ImportFormat;
import dev.keystile.key.KeyAlphabet;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The settings {@code import.*}: the formats of keys that were minted elsewhere. */
record ImportSettings(SettingValues values) {

    static final String BEGINNING = "import.";

    private static final String NO_PREFIX = "none";

    /** A part of a text, as it is written: {@code base58:8} or {@code base62:40-80}. */
    private record Part(KeyAlphabet alphabet, int least, int most) {}

    void addTo(KeystileBuilder builder) {
        List<ImportFormat> formats = new ArrayList<>();
        values.under(BEGINNING).forEach((name, text) -> {
            Optional<ImportFormat> read = values.attempt(BEGINNING + name, () -> format(name, text));
            read.ifPresent(formats::add);
        });
        if (!formats.isEmpty()) {
            builder.imports(formats.toArray(ImportFormat[]::new));
        }
    }

    private static ImportFormat format(String name, String text) {
        List<String> words = List.of(text.split("\\s+"));
        if (words.size() < 3) {
            throw new IllegalArgumentException(
                    "'" + text + "': expected <prefix> <kind> <environment> and what follows,"
                            + " such as acme_ secret live secret=base58:22 digest=sha256");
        }
        KeyKind kind = KeyKind.ofWord(words.get(1))
                .orElseThrow(() ->
                        new IllegalArgumentException("kind '" + words.get(1) + "': expected secret or publishable"));
        ImportFormat.Builder format = ImportFormat.builder(name, kind, new KeyEnvironment(words.get(2)));
        List<String> problems = new ArrayList<>();
        if (!words.get(0).equals(NO_PREFIX)) {
            attempt(problems, () -> format.prefix(words.get(0)));
        }
        new Options(format, problems).read(words.subList(3, words.size()));
        if (problems.isEmpty()) {
            return format.build();
        }
        throw new IllegalArgumentException(String.join("\n", problems));
    }

    private static void attempt(List<String> problems, Runnable step) {
        try {
            step.run();
        } catch (IllegalArgumentException mistake) {
            problems.add(String.valueOf(mistake.getMessage()));
        }
    }

    /** What stands behind prefix, kind and environment. Not safe for use by many threads. */
    private record Options(ImportFormat.Builder format, List<String> problems) {

        void read(List<String> words) {
            Set<String> given = new HashSet<>();
            for (String word : words) {
                int equals = word.indexOf('=');
                String option = equals < 0 ? word : word.substring(0, equals);
                if (!given.add(option)) {
                    problems.add("option '" + option + "' is given twice");
                }
            }
            attempt(problems, () -> readPublicPart(words));
            for (String word : words) {
                attempt(problems, () -> read(word));
            }
        }

        /** It takes two options, and the order of the parts is that in which they are written. */
        private void readPublicPart(List<String> words) {
            Optional<String> part = value(words, "public");
            Optional<String> separator = value(words, "separator");
            if (part.isEmpty() && separator.isEmpty()) {
                return;
            }
            if (part.isEmpty() || separator.isEmpty() || separator.get().length() != 1) {
                throw new IllegalArgumentException(
                        "expected public=<alphabet>:<length> and separator=<character> together, such as"
                                + " public=base58:8 separator=_");
            }
            Part read = part(part.get());
            format.publicPart(
                    read.alphabet, read.least, read.most, separator.get().charAt(0));
            if (position(words, "secret=") >= 0 && position(words, "secret=") < position(words, "public=")) {
                format.publicPartLast();
            }
        }

        private static Optional<String> value(List<String> words, String option) {
            return words.stream()
                    .filter(word -> word.startsWith(option + "="))
                    .findFirst()
                    .map(word -> word.substring(option.length() + 1));
        }

        private static int position(List<String> words, String start) {
            for (int i = 0; i < words.size(); i++) {
                if (words.get(i).startsWith(start)) {
                    return i;
                }
            }
            return -1;
        }

        private void read(String word) {
            int equals = word.indexOf('=');
            String option = equals < 0 ? word : word.substring(0, equals);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            switch (option) {
                case "public", "separator" -> {
                    // Read together.
                }
                case "secret" -> {
                    Part part = part(value);
                    format.secretPart(part.alphabet, part.least, part.most);
                }
                case "digest" ->
                    format.digest(ImportDigest.ofWord(value)
                            .orElseThrow(() -> unexpected(option, value, words(ImportDigest.values()))));
                case "of" -> choose(option, value, "text", format::ofText, "secret", format::ofSecretPart);
                case "salt" -> choose(option, value, "before", format::saltBefore, "after", format::saltAfter);
                case "version" -> format.version(SettingValues.number(value));
                default ->
                    throw new IllegalArgumentException("option '" + option
                            + "': expected public, separator, secret, digest, of, salt or version, and = behind it");
            }
        }

        private static void choose(
                String option, String value, String one, Runnable doOne, String other, Runnable doOther) {
            if (value.equals(one)) {
                doOne.run();
            } else if (value.equals(other)) {
                doOther.run();
            } else {
                throw unexpected(option, value, List.of(one, other));
            }
        }

        private static Part part(String text) {
            int colon = text.indexOf(':');
            String word = colon < 0 ? text : text.substring(0, colon);
            KeyAlphabet alphabet = KeyAlphabet.ofWord(word)
                    .orElseThrow(() -> new IllegalArgumentException("alphabet '" + word + "': expected one of "
                            + words(KeyAlphabet.values()) + ", a colon and a length, such as base62:40"));
            String length = colon < 0 ? "" : text.substring(colon + 1);
            int dash = length.indexOf('-');
            int least = SettingValues.number(dash < 0 ? length : length.substring(0, dash));
            return new Part(alphabet, least, dash < 0 ? least : SettingValues.number(length.substring(dash + 1)));
        }

        private static List<String> words(Enum<?>[] values) {
            return Arrays.stream(values)
                    .map(it -> it.name().toLowerCase(Locale.ROOT))
                    .toList();
        }

        private static IllegalArgumentException unexpected(String option, String value, List<String> expected) {
            return new IllegalArgumentException(option + " '" + value + "': expected one of " + expected);
        }
    }
}
