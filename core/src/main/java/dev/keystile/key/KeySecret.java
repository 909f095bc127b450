package dev.keystile.key;

import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What is stored of one secret of a key: its digest and its period of validity, never the secret.
 *
 * <p>Immutable; printing it leaves the digest out.
 *
 * @param number     1 for a key's first secret, one more for each that follows
 * @param digest     PHC string by a {@link KeyHasher}; of a key that {@linkplain ApiKey#signs() signs}, the public half in the same
 *                   shape
 * @param quickCheck the first 32 bits of the SHA-256 of the text, as an unsigned number: a wrong secret dies by it
 *                   before the hasher runs; {@link #NO_QUICK_CHECK} where the text was never seen
 * @param lastFour   the last four characters of the text, for people to recognise it by; empty where the text was never seen
 * @param createdAt  when it was made
 * @param endsAt     from when it opens nothing any more, where an end is set
 * @param overlap    how long it goes on from the first use of the secret that replaces it, where such an end awaits that
 *                   use; to the millisecond
 */
public record KeySecret(
        int number,
        String digest,
        long quickCheck,
        String lastFour,
        Instant createdAt,
        Optional<Instant> endsAt,
        Optional<Duration> overlap) {

    /** Stands for {@link #quickCheck} where there is none. */
    public static final long NO_QUICK_CHECK = -1;

    /** How many characters of a text people are shown, at most. */
    static final int LAST_FOUR = 4;

    private static final int MAX_DIGEST = 512;

    /** @throws IllegalArgumentException if a part is out of bounds */
    public KeySecret {
        if (number < 1) {
            throw new IllegalArgumentException("secret number " + number + ": expected 1 or more");
        }
        if (quickCheck < NO_QUICK_CHECK || quickCheck > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("quick check: not 32 bits");
        }
        if (digest.isEmpty() || digest.length() > MAX_DIGEST) {
            throw new IllegalArgumentException("digest: expected 1 to " + MAX_DIGEST + " characters");
        }
        createdAt = ApiKey.toMillis(createdAt);
        endsAt = endsAt.map(ApiKey::toMillis);
        if (lastFour.length() > LAST_FOUR) {
            throw new IllegalArgumentException("last four: more than four characters");
        }
        overlap = overlap.map(it -> it.truncatedTo(ChronoUnit.MILLIS));
        if (overlap.isPresent() && overlap.get().isNegative()) {
            throw new IllegalArgumentException("overlap " + overlap.get() + ": expected zero or more");
        }
    }

    /** A secret with an end that is set, or none. */
    public KeySecret(
            int number, String digest, long quickCheck, String lastFour, Instant createdAt, Optional<Instant> endsAt) {
        this(number, digest, quickCheck, lastFour, createdAt, endsAt, Optional.empty());
    }

    /**
     * The public half, of the secret of a key that {@linkplain ApiKey#signs() signs}: a point of the curve P-256.
     *
     * @throws IllegalArgumentException if it is of another key, or damaged; the message does not repeat what is stored
     */
    public ECPublicKey publicKey() {
        return SigningPair.publicKey(digest);
    }

    /** This secret, which ends at a moment. */
    public KeySecret endingAt(Instant end) {
        return new KeySecret(number, digest, quickCheck, lastFour, createdAt, Optional.of(end));
    }

    /** This secret, which goes on for a time from the first use of the secret that replaces it. */
    public KeySecret endingAfterFirstUse(Duration time) {
        return new KeySecret(number, digest, quickCheck, lastFour, createdAt, endsAt, Optional.of(time));
    }

    /** Whether it has ended. */
    boolean isOver(Instant now) {
        return endsAt.filter(end -> !end.isAfter(now)).isPresent();
    }

    /** What of this secret this library never changes by itself; who else sets an end changes the numbers too. */
    KeySecret withoutUpkeep() {
        return new KeySecret(number, "-", NO_QUICK_CHECK, "", createdAt, Optional.empty());
    }

    /** Whether a text with this SHA-256 start can be the secret. */
    boolean mayBe(long textQuickCheck) {
        return quickCheck == NO_QUICK_CHECK || quickCheck == textQuickCheck;
    }

    @Override
    public String toString() {
        return "KeySecret[number=" + number + ", lastFour=" + lastFour + ", createdAt=" + createdAt + ", endsAt="
                + endsAt.map(Instant::toString).orElse("never")
                + overlap.map(it -> ", overlap=" + it).orElse("") + "]";
    }
}
