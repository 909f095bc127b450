package dev.keystile.key;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Reads and proves the keys of one {@link ImportFormat}. Whatever a digest was when it came, it is of the same part of the
 * text once it was stored anew; and it has no quick check, for nobody knows how the text was made.
 */
final class ImportedKeyFormat implements CredentialFormat {

    private final ImportFormat format;
    private final Hashers hashers;
    private final KeyHasher renewing;
    private final List<String> longerPrefixes;

    /**
     * The keys of a format.
     *
     * @param hashers  judge stored digests
     * @param renewing makes new ones
     * @param prefixes what keys of this application begin with: a text that begins with a longer one than this format's is of
     *                 that one
     */
    ImportedKeyFormat(ImportFormat format, Hashers hashers, KeyHasher renewing, Collection<String> prefixes) {
        this.format = format;
        this.hashers = hashers;
        this.renewing = renewing;
        String own = format.prefix();
        this.longerPrefixes = own.isEmpty()
                ? List.of()
                : prefixes.stream()
                        .filter(prefix -> prefix.startsWith(own) && !prefix.equals(own))
                        .toList();
    }

    @Override
    public int maxLength() {
        return format.maxLength();
    }

    @Override
    public Optional<PresentedKey> parse(String text) {
        for (String longer : longerPrefixes) {
            if (text.startsWith(longer)) {
                return Optional.empty();
            }
        }
        return format.parse(text);
    }

    @Override
    public Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now) {
        KeyHasher judge = hashers.judgeOf(key, secret);
        byte[] digested = format.digestedBytes(presented.revealText());
        try {
            return judge.verify(digested, secret.digest()) ? Proof.ofSecret() : Proof.failed();
        } finally {
            Arrays.fill(digested, (byte) 0);
        }
    }

    @Override
    public void requireValid(ApiKey key, KeySecret secret) {
        hashers.judgeOf(key, secret);
    }

    @Override
    public boolean isCurrent(KeySecret secret) {
        return renewing.isCurrent(secret.digest());
    }

    @Override
    public KeySecret renewed(PresentedKey presented, KeySecret secret) {
        String text = presented.revealText();
        byte[] digested = format.digestedBytes(text);
        try {
            return new KeySecret(
                    secret.number(),
                    renewing.hash(digested),
                    KeySecret.NO_QUICK_CHECK,
                    format.showsLastFour() ? text.substring(text.length() - KeySecret.LAST_FOUR) : "",
                    secret.createdAt(),
                    Optional.empty());
        } finally {
            Arrays.fill(digested, (byte) 0);
        }
    }
}
