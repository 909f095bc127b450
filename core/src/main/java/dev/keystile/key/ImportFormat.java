package dev.keystile.key;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shape of keys that were minted elsewhere, how such a key is found by its text, and how its digest is made.
 *
 * <p>A text is {@code <prefix><secret part>}, or {@code <prefix><public part><separator><secret part>}, or with these two
 * parts the other way round. A key with a public part is found by that; one without, by the digest of its text, which only an
 * unsalted digest allows. Either gives the {@link KeyId}, the same one each time, so that stores know nothing of it.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class ImportFormat {

    /** What the secret part must have by its shape: whoever has an unsalted digest can try texts against it. */
    private static final int LEAST_BITS = 80;

    private static final int MAX_NAME = 50;
    private static final int MAX_PART = 256;
    private static final int MAX_DIGEST = 400;
    private static final int MAX_SALT = 100;
    private static final String SEPARATORS = "_-.~|+/=";
    /** So many bits fit into the twelve characters of an id. */
    private static final int ID_BITS = 71;

    private final Builder parts;
    private final KeyShape shape;
    private final int maxLength;

    private ImportFormat(Builder parts) {
        this.parts = parts;
        List<KeyShape.Part> rest = new ArrayList<>();
        KeyShape.Part secretPart = parts.secretPart.asPart();
        if (parts.publicPart == null) {
            rest.add(secretPart);
        } else {
            KeyShape.Part publicPart = parts.publicPart.asPart();
            rest.add(parts.publicLast ? secretPart : publicPart);
            AsciiSet separator = AsciiSet.of(parts.separator);
            rest.add(new KeyShape.Part(separator, 1, 1));
            rest.add(parts.publicLast ? publicPart : secretPart);
        }
        this.shape = KeyShape.of(parts.prefix, rest);
        this.maxLength = shape.maxLength();
    }

    /** The characters and lengths of one part. */
    private record Piece(KeyAlphabet alphabet, AsciiSet characters, int least, int most) {

        Piece(KeyAlphabet alphabet, int least, int most) {
            this(alphabet, alphabet.characters(), least, most);
        }

        Piece {
            if (least < 1 || most < least || most > MAX_PART) {
                throw new IllegalArgumentException(
                        "length " + least + " to " + most + ": expected 1 to " + MAX_PART + ", the shorter one first");
            }
        }

        KeyShape.Part asPart() {
            return new KeyShape.Part(characters, least, most);
        }

        boolean fits(String text) {
            if (text.length() < least || text.length() > most) {
                return false;
            }
            for (int i = 0; i < text.length(); i++) {
                if (!characters.contains(text.charAt(i))) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return (least == most ? "" + least : least + " to " + most) + " characters of " + alphabet.word();
        }
    }

    /**
     * Begins a format.
     *
     * @param name        what settings and commands call it: lower-case letters, digits and {@code -}, a letter first
     * @param kind        kind of its keys
     * @param environment environment of its keys
     */
    public static Builder builder(String name, KeyKind kind, KeyEnvironment environment) {
        return new Builder(name, kind, environment);
    }

    /** What settings and commands call it. */
    public String name() {
        return parts.name;
    }

    /** The literal text its keys begin with; empty if there is none. */
    public String prefix() {
        return parts.prefix;
    }

    public KeyKind kind() {
        return parts.kind;
    }

    public KeyEnvironment environment() {
        return parts.environment;
    }

    /** The version of its keys; 0 for none. */
    public int version() {
        return parts.version;
    }

    public ImportDigest digest() {
        return parts.digest;
    }

    /** Whether a key has a part that is no secret, by which it is found. */
    public boolean hasPublicPart() {
        return parts.publicPart != null;
    }

    /** Whether a salt is added to what is digested, which stands beside the digest. */
    public boolean isSalted() {
        return parts.salt != Salt.NONE;
    }

    /** Whether people may be shown the last characters of its keys: enough stays unknown to whoever sees the store. */
    boolean showsLastFour() {
        return parts.secretPart.alphabet.bits(parts.secretPart.least - KeySecret.LAST_FOUR) >= LEAST_BITS;
    }

    /** The longest text of this format, in characters. */
    int maxLength() {
        return maxLength;
    }

    /** A text taken apart. */
    private record Text(Optional<String> publicPart, String secretPart) {}

    /** Whether a text has the shape of its keys. */
    public boolean fits(String text) {
        return cut(text).isPresent();
    }

    /** Reads a text; empty if it is not of this format. */
    Optional<PresentedKey> parse(String text) {
        return cut(text).map(cut -> new PresentedKey(idOf(text, cut), parts.prefix, text));
    }

    private Optional<Text> cut(String text) {
        if (text.length() > maxLength || !text.startsWith(parts.prefix)) {
            return Optional.empty();
        }
        String rest = text.substring(parts.prefix.length());
        Piece publicPiece = parts.publicPart;
        if (publicPiece == null) {
            return Optional.of(new Text(Optional.empty(), rest)).filter(it -> parts.secretPart.fits(rest));
        }
        int at = rest.indexOf(parts.separator);
        if (at < 0) {
            return Optional.empty();
        }
        String first = rest.substring(0, at);
        String second = rest.substring(at + 1);
        String publicPart = parts.publicLast ? second : first;
        String secretPart = parts.publicLast ? first : second;
        return publicPiece.fits(publicPart) && parts.secretPart.fits(secretPart)
                ? Optional.of(new Text(Optional.of(publicPart), secretPart))
                : Optional.empty();
    }

    private KeyId idOf(String text, Text cut) {
        if (cut.publicPart.isPresent()) {
            return idOfPublicPart(cut.publicPart.get());
        }
        byte[] digested = bytesOf(text, cut);
        try {
            return idOfDigest(messageDigest().digest(digested));
        } finally {
            Arrays.fill(digested, (byte) 0);
        }
    }

    private KeyId idOfPublicPart(String publicPart) {
        return id(
                (parts.publicLast ? "public last " : "public ") + parts.separator,
                publicPart.getBytes(StandardCharsets.US_ASCII));
    }

    private KeyId idOfDigest(byte[] hash) {
        return id(parts.digest.word(), hash);
    }

    /** What stands in it must not depend on what people call the format, which they may change. */
    private KeyId id(String locatedBy, byte[] locator) {
        MessageDigest sha256 = ForeignHashers.messageDigest("SHA-256");
        sha256.update(
                ("keystile import\n" + parts.prefix + "\n" + locatedBy + "\n").getBytes(StandardCharsets.US_ASCII));
        byte[] hash = sha256.digest(locator);
        BigInteger bits = new BigInteger(1, hash).shiftRight(8 * hash.length - ID_BITS);
        return new KeyId(Base62.digits(bits, KeyId.LENGTH));
    }

    private MessageDigest messageDigest() {
        return ForeignHashers.messageDigest(parts.digest == ImportDigest.SHA512 ? "SHA-512" : "SHA-256");
    }

    /** The part of a text of this format that is digested, one byte for each character. */
    byte[] digestedBytes(String text) {
        return bytesOf(text, cut(text).orElseThrow());
    }

    private byte[] bytesOf(String text, Text cut) {
        return (parts.ofText ? text : cut.secretPart).getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * A digest that was made elsewhere, as it is stored.
     *
     * @param id     the id of its key
     * @param digest a PHC string
     */
    record Located(KeyId id, String digest) {}

    /**
     * Reads what the system that minted a key has of it.
     *
     * @throws IllegalArgumentException if it does not fit; the message names the field and does not repeat digest or salt
     */
    Located locate(ImportedKey key) {
        Optional<String> publicPart = key.publicPart();
        Piece publicPiece = parts.publicPart;
        if (publicPiece == null && publicPart.isPresent()) {
            throw new ImportedKey.Unfit("public", "keys of format " + parts.name + " have no public part");
        }
        if (publicPiece != null && publicPart.filter(publicPiece::fits).isEmpty()) {
            throw new ImportedKey.Unfit("public", "expected the public part of the key: " + publicPiece);
        }
        if (key.digest().isEmpty() || key.digest().length() > MAX_DIGEST) {
            throw new ImportedKey.Unfit("digest", "expected 1 to " + MAX_DIGEST + " characters");
        }
        byte[] salt = salt(key);
        String stored = new WrittenDigest(parts.digest, parts.salt, parts.digestedMost() <= BcryptHasher.MAX_TEXT)
                .stored(key.digest(), salt, publicPart.orElse(""));
        return new Located(
                publicPart
                        .map(this::idOfPublicPart)
                        .orElseGet(() -> idOfDigest(WrittenDigest.plainHash(parts.digest, key.digest()))),
                stored);
    }

    private byte[] salt(ImportedKey key) {
        if (isSalted() != key.salt().isPresent()) {
            throw new ImportedKey.Unfit(
                    "salt",
                    isSalted()
                            ? "expected the salt that was added"
                            : "digests of format " + parts.name + " have no salt of their own");
        }
        String salt = key.salt().orElse("");
        if (salt.length() > MAX_SALT) {
            throw new ImportedKey.Unfit("salt", "expected " + MAX_SALT + " characters at most");
        }
        return salt.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Checks formats that are to be used together.
     *
     * @param minted the prefixes of minted keys
     * @return why they cannot be, each reason a sentence; none if they can
     */
    public static List<String> problems(List<ImportFormat> formats, List<KeyPrefix> minted) {
        List<String> problems = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < formats.size(); i++) {
            ImportFormat format = formats.get(i);
            if (!names.add(format.name())) {
                problems.add("import." + format.name() + " is set twice");
            }
            for (ImportFormat other : formats.subList(0, i)) {
                if (format.shape.overlaps(other.shape)) {
                    problems.add("import." + format.name() + ": a text could be a key of import." + other.name()
                            + " as well: expected them to differ in prefix, separator, alphabet or length");
                }
            }
            for (KeyPrefix prefix : minted) {
                format.objectionTo(prefix).ifPresent(problems::add);
            }
        }
        return problems;
    }

    private Optional<String> objectionTo(KeyPrefix prefix) {
        String start = "import." + name() + ": ";
        if (shape.overlaps(KeyFormat.shapeOf(prefix))) {
            return Optional.of(start + "a text could be a minted key that begins with " + prefix.text()
                    + " as well: expected them to differ in prefix or length");
        }
        boolean same =
                prefix.kind() == kind() && prefix.environment().equals(environment()) && prefix.version() == version();
        return prefix.text().equals(prefix()) && !same
                ? Optional.of(start + "minted keys begin with " + prefix.text()
                        + " too: expected the same kind, environment and version as in key.prefixes")
                : Optional.empty();
    }

    /** The name. */
    @Override
    public String toString() {
        return parts.name;
    }

    /** Where a salt is added. */
    enum Salt {
        NONE,
        BEFORE,
        AFTER
    }

    /** Puts an {@link ImportFormat} together: it needs a secret part and a digest. Not safe for use by many threads. */
    public static final class Builder {

        private final String name;
        private final KeyKind kind;
        private final KeyEnvironment environment;
        private String prefix = "";
        private int version;
        private @Nullable Piece publicPart;
        private Piece secretPart = new Piece(KeyAlphabet.BASE62, 1, 1);
        private boolean secretSet;
        private String separator = "";
        private boolean publicLast;
        private ImportDigest digest = ImportDigest.SHA256;
        private boolean digestSet;
        private Salt salt = Salt.NONE;
        private boolean ofText;
        private boolean ofSet;

        private Builder(String name, KeyKind kind, KeyEnvironment environment) {
            this.name = name;
            this.kind = kind;
            this.environment = environment;
        }

        private Builder(Builder other) {
            this(other.name, other.kind, other.environment);
            this.prefix = other.prefix;
            this.version = other.version;
            this.publicPart = other.publicPart;
            this.secretPart = other.secretPart;
            this.separator = other.separator;
            this.publicLast = other.publicLast;
            this.digest = other.digest;
            this.salt = other.salt;
            this.ofText = other.isOfText();
            this.ofSet = true;
        }

        /** The literal text its keys begin with, as a {@link KeyPrefix} has it; none unless said. */
        public Builder prefix(String text) {
            this.prefix = new KeyPrefix(text, kind, environment, 0, false).text();
            return this;
        }

        /** The version of the API its keys were made for, 1 or more. */
        public Builder version(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("version " + number + ": expected 1 or more");
            }
            this.version = number;
            return this;
        }

        /**
         * A part that is no secret, by which a key is found.
         *
         * @param least     how many characters it has at least, 1 or more
         * @param most      how many it has at most, 256 or fewer
         * @param separator one of {@code _ - . ~ | + / =}, which ends the first part
         */
        public Builder publicPart(KeyAlphabet alphabet, int least, int most, char separator) {
            this.publicPart = new Piece(alphabet, least, most);
            this.separator = String.valueOf(separator);
            return this;
        }

        /** The public part stands behind the secret one. */
        public Builder publicPartLast() {
            this.publicLast = true;
            return this;
        }

        /**
         * The part that is the secret: by its shape at least 80 bits.
         *
         * @param least how many characters it has at least, 1 or more
         * @param most  how many it has at most, 256 or fewer
         */
        public Builder secretPart(KeyAlphabet alphabet, int least, int most) {
            this.secretPart = new Piece(alphabet, least, most);
            this.secretSet = true;
            return this;
        }

        /** How digests are made. */
        public Builder digest(ImportDigest made) {
            this.digest = made;
            this.digestSet = true;
            return this;
        }

        /** Digests are of the whole text; of the secret part, where there is a public one, unless said. */
        public Builder ofText() {
            this.ofText = true;
            this.ofSet = true;
            return this;
        }

        /** Digests are of the secret part; of the whole text, where there is no public part, unless said. */
        public Builder ofSecretPart() {
            this.ofText = false;
            this.ofSet = true;
            return this;
        }

        /** Digests are of a salt and the text behind it; each key has a salt of its own. */
        public Builder saltBefore() {
            this.salt = Salt.BEFORE;
            return this;
        }

        /** Digests are of the text and a salt behind it; each key has a salt of its own. */
        public Builder saltAfter() {
            this.salt = Salt.AFTER;
            return this;
        }

        /** @throws IllegalArgumentException with every reason why there can be no such format, a line each */
        public ImportFormat build() {
            List<String> problems = problems();
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("\n", problems));
            }
            return new ImportFormat(new Builder(this));
        }

        private List<String> problems() {
            List<String> problems = new ArrayList<>();
            if (!Names.isName(name, MAX_NAME)) {
                problems.add(
                        "name '" + name + "': expected a lower-case letter, then lower-case letters, digits or '-', "
                                + MAX_NAME + " at most");
            }
            if (!secretSet) {
                problems.add("there is no secret part: expected its alphabet and length, such as secret=base62:40");
            } else if (secretPart.alphabet.bits(secretPart.least) < LEAST_BITS) {
                problems.add("the secret part may have as few as "
                        + (int) secretPart.alphabet.bits(secretPart.least) + " bits: expected " + LEAST_BITS
                        + " at least, for whoever sees the store could guess such keys");
            }
            if (!digestSet) {
                problems.add("there is no digest: expected one of "
                        + Arrays.stream(ImportDigest.values())
                                .map(ImportDigest::word)
                                .toList());
            }
            addPublicProblems(problems);
            if (salt != Salt.NONE && !digest.isPlain()) {
                problems.add("digest " + digest.word() + " has its salt inside: expected no other");
            }
            if (digest == ImportDigest.BCRYPT && digestedMost() > BcryptHasher.MAX_TEXT) {
                problems.add("bcrypt looks at " + BcryptHasher.MAX_TEXT + " characters and no more, and up to "
                        + digestedMost() + " are digested: two keys could be one");
            }
            return problems;
        }

        private boolean isOfText() {
            return ofSet ? ofText : publicPart == null;
        }

        /** How many characters are digested, at most. */
        private int digestedMost() {
            Piece publicPiece = publicPart;
            int others = prefix.length() + (publicPiece == null ? 0 : publicPiece.most + 1);
            return secretPart.most + (isOfText() ? others : 0);
        }

        private void addPublicProblems(List<String> problems) {
            Piece publicPiece = publicPart;
            if (publicPiece == null) {
                if (salt != Salt.NONE || !digest.isPlain()) {
                    problems.add("a salted digest is another one for each key, so that no key could be found by it:"
                            + " expected a public part beside it, or an unsalted sha256 or sha512");
                }
                if (publicLast) {
                    problems.add("there is no public part to stand last");
                }
                return;
            }
            Piece first = publicLast ? secretPart : publicPiece;
            char end = separator.charAt(0);
            if (SEPARATORS.indexOf(end) < 0) {
                problems.add("separator '" + end + "': expected one of " + SEPARATORS);
            } else if (first.characters.contains(end)) {
                problems.add("separator '" + end + "' may stand in the part before it, which is "
                        + first.alphabet.word() + ": expected one that cannot");
            }
        }
    }
}
