package dev.keystile.key;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The text of minted keys: {@code <prefix><key id><secret><checksum>}, base 62 behind the prefix, of fixed length.
 *
 * <p>The key id has 12 characters, the secret 27 (160 bits), the checksum 6: the CRC-32 of all that stands before it,
 * prefix included. A digest covers the whole text, so a renamed prefix proves nothing.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class KeyFormat implements CredentialFormat {

    private static final int SECRET_LENGTH = 27;
    private static final int CHECKSUM_LENGTH = 6;
    private static final int BODY_LENGTH = KeyId.LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;

    private final List<KeyPrefix> prefixes;
    /** Longest first: the longest match wins. */
    private final KeyPrefix[] byLength;

    private final Hashers hashers;
    private final SecureRandom random = new SecureRandom();

    /**
     * A format of these prefixes.
     *
     * @param prefixes the prefix table, in the order in which minting prefers them; without one, no text is a minted key
     * @param hashers  the first makes new digests; all of them judge stored ones, each those of its own algorithm
     * @throws IllegalArgumentException if there is no hasher, one is given twice, or a key of one prefix
     *                                  could be read as a key of another
     */
    public KeyFormat(List<KeyPrefix> prefixes, List<KeyHasher> hashers) {
        if (hashers.isEmpty()) {
            throw new IllegalArgumentException("a key format needs at least one hasher");
        }
        requireUnambiguous(prefixes);
        this.prefixes = List.copyOf(prefixes);
        this.byLength = prefixes.stream()
                .sorted(Comparator.comparingInt((KeyPrefix it) -> it.text().length())
                        .reversed())
                .toArray(KeyPrefix[]::new);
        this.hashers = new Hashers(hashers);
    }

    /**
     * Checks a prefix table.
     *
     * @throws IllegalArgumentException if a prefix is given twice, or a key of one could be read as a key of another
     */
    public static void requireUnambiguous(List<KeyPrefix> prefixes) {
        Set<String> texts = new HashSet<>();
        for (KeyPrefix prefix : prefixes) {
            if (!texts.add(prefix.text())) {
                throw new IllegalArgumentException("key prefix '" + prefix.text() + "' is given twice");
            }
        }
        for (KeyPrefix shorter : prefixes) {
            for (KeyPrefix longer : prefixes) {
                String rest = longer.text().startsWith(shorter.text())
                        ? longer.text().substring(shorter.text().length())
                        : "";
                if (!rest.isEmpty() && rest.chars().allMatch(c -> Names.isBase62((char) c))) {
                    throw new IllegalArgumentException("key prefixes '" + shorter.text() + "' and '" + longer.text()
                            + "': a key of the first could be read as one of the second; end the first with '_'");
                }
            }
        }
    }

    /** The prefix table, in the order given. */
    public List<KeyPrefix> prefixes() {
        return prefixes;
    }

    @Override
    public int maxLength() {
        return byLength.length == 0 ? 0 : byLength[0].text().length() + BODY_LENGTH;
    }

    @Override
    public Optional<PresentedKey> parse(String text) {
        KeyPrefix prefix = prefixOf(text);
        if (prefix == null || text.length() != prefix.text().length() + BODY_LENGTH) {
            return Optional.empty();
        }
        int start = prefix.text().length();
        for (int i = start; i < text.length(); i++) {
            if (!Names.isBase62(text.charAt(i))) {
                return Optional.empty();
            }
        }
        int end = text.length() - CHECKSUM_LENGTH;
        long checksum = checksum(text, end);
        for (int i = 0; i < CHECKSUM_LENGTH; i++) {
            if (text.charAt(end + i) != Base62.digitAt(checksum, CHECKSUM_LENGTH - 1 - i)) {
                return Optional.empty();
            }
        }
        KeyId id = new KeyId(text.substring(start, start + KeyId.LENGTH));
        return Optional.of(new PresentedKey(id, prefix.text(), text));
    }

    private @Nullable KeyPrefix prefixOf(String text) {
        for (KeyPrefix prefix : byLength) {
            if (text.startsWith(prefix.text())) {
                return prefix;
            }
        }
        return null;
    }

    @Override
    public Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now) {
        KeyHasher judge = hashers.judgeOf(key, secret);
        byte[] text = presented.revealText().getBytes(StandardCharsets.US_ASCII);
        try {
            return judge.verify(text, secret.digest()) ? Proof.ofSecret() : Proof.failed();
        } finally {
            Arrays.fill(text, (byte) 0);
        }
    }

    @Override
    public void requireValid(ApiKey key, KeySecret secret) {
        hashers.judgeOf(key, secret);
    }

    /** Not, if the first hasher makes other digests, or the quick check is missing. */
    @Override
    public boolean isCurrent(KeySecret secret) {
        return secret.quickCheck() != KeySecret.NO_QUICK_CHECK
                && hashers.newest().isCurrent(secret.digest());
    }

    @Override
    public KeySecret renewed(PresentedKey presented, KeySecret secret) {
        return digest(presented.revealText(), secret.number(), secret.createdAt());
    }

    /** What judges the secrets of keys. */
    Hashers hashers() {
        return hashers;
    }

    /** The texts that keys of a prefix may be. */
    static KeyShape shapeOf(KeyPrefix prefix) {
        return KeyShape.of(
                prefix.text(), List.of(new KeyShape.Part(KeyAlphabet.BASE62.characters(), BODY_LENGTH, BODY_LENGTH)));
    }

    /**
     * A regular expression that matches exactly the keys of one prefix, for secret scanners; in the syntax that RE2,
     * PCRE and Java share.
     */
    public static String scannerPattern(KeyPrefix prefix) {
        // Before '-' or '.' there is a word boundary only where a word ends.
        String start = Names.isBase62(prefix.text().charAt(0)) || prefix.text().charAt(0) == '_' ? "\\b" : "";
        return start + prefix.text().replace(".", "\\.").replace("-", "\\-") + "[0-9A-Za-z]{" + BODY_LENGTH + "}\\b";
    }

    /** A key id that was never drawn before, as far as chance can tell: 71 bits. */
    KeyId drawId() {
        StringBuilder id = new StringBuilder(KeyId.LENGTH);
        Base62.appendRandom(id, KeyId.LENGTH, random);
        return new KeyId(id.toString());
    }

    /** The text of a new secret of a key. */
    String mint(String prefix, KeyId id) {
        StringBuilder text =
                new StringBuilder(prefix.length() + BODY_LENGTH).append(prefix).append(id.text());
        Base62.appendRandom(text, SECRET_LENGTH, random);
        text.append(checksumText(text.toString()));
        String minted = text.toString();
        for (int i = 0; i < text.length(); i++) {
            text.setCharAt(i, '\0');
        }
        return minted;
    }

    /** What is stored of a minted text. */
    KeySecret digest(String text, int number, Instant createdAt) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        try {
            return new KeySecret(
                    number,
                    hashers.newest().hash(bytes),
                    Objects.requireNonNull(TextDigest.of(text, 0), "a minted text is readable")
                            .quickCheck(),
                    text.substring(text.length() - KeySecret.LAST_FOUR),
                    createdAt,
                    Optional.empty());
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** The CRC-32 of a text in base 62, left-padded to six. */
    static String checksumText(String text) {
        long checksum = checksum(text, text.length());
        StringBuilder digits = new StringBuilder(CHECKSUM_LENGTH);
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            digits.append(Base62.digitAt(checksum, i));
        }
        return digits.toString();
    }

    private static long checksum(String text, int end) {
        CRC32 crc = new CRC32();
        for (int i = 0; i < end; i++) {
            crc.update(text.charAt(i));
        }
        return crc.getValue();
    }
}
