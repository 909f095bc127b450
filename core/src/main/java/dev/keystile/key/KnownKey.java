package dev.keystile.key;

import dev.keystile.key.Verification.Reason;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** A key as last read, with the end of each secret laid out so that judging a good one takes a comparison. */
final class KnownKey<V> implements Verification.Verified<V> {

    /** No end is set. */
    static final long NEVER = Long.MAX_VALUE;

    private static final Instant FIRST = Instant.ofEpochMilli(Long.MIN_VALUE);
    private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE);

    private final ApiKey key;
    private final V view;
    private final boolean served;
    private final int newestNumber;
    private final long newestEndMillis;
    /** That of the newest where there is no other. */
    private final int oldestNumber;

    private final long oldestEndMillis;
    /** The secret whose first use is waited for; 0 for none. */
    private final int awaitedNumber;

    KnownKey(ApiKey key, V view, Set<KeyEnvironment> servedHere) {
        this.key = key;
        this.view = view;
        this.served = servedHere.contains(key.environment());
        KeySecret newest = key.newestSecret();
        KeySecret oldest = key.secrets().get(0);
        this.awaitedNumber = key.awaitedSecret().map(KeySecret::number).orElse(0);
        this.newestNumber = newest.number();
        // An end that never comes: whoever has one to look at looks at what else there is to do.
        this.newestEndMillis = Math.min(endMillis(newest), awaitedNumber == 0 ? NEVER : NEVER - 1);
        this.oldestNumber = oldest.number();
        this.oldestEndMillis = endMillis(oldest);
    }

    /** Long past where the key opens nothing. */
    private long endMillis(KeySecret secret) {
        return served
                        && key.suspendedAt().isEmpty()
                        && key.disabledAt().isEmpty()
                        && key.revokedAt().isEmpty()
                ? Math.min(millis(secret.endsAt()), millis(key.expiresAt()))
                : Long.MIN_VALUE;
    }

    private static long millis(Optional<Instant> end) {
        return end.map(KnownKey::millis).orElse(NEVER);
    }

    /** Milliseconds since the UNIX epoch; the nearest there are for moments they cannot tell. */
    static long millis(Instant moment) {
        if (moment.isAfter(LAST)) {
            return NEVER;
        }
        return moment.isBefore(FIRST) ? Long.MIN_VALUE : moment.toEpochMilli();
    }

    @Override
    public ApiKey key() {
        return key;
    }

    @Override
    public V view() {
        return view;
    }

    /** From when the secret opens nothing any more, with all that is known of the key; {@link #NEVER} if no end is set. */
    long endMillis(int secretNumber) {
        if (secretNumber == newestNumber) {
            return newestEndMillis;
        }
        // A secret that the key no longer has ended before all time.
        return secretNumber == oldestNumber ? oldestEndMillis : Long.MIN_VALUE;
    }

    /** Whether an overlap begins with the use of this secret; only asked of secrets with an {@link #endMillis(int)}. */
    boolean awaits(int secretNumber) {
        return secretNumber == awaitedNumber;
    }

    /** Why the secret opens nothing at this moment, which is not before its {@link #endMillis(int)}. */
    Reason objection(int secretNumber, long nowMillis) {
        boolean secretHolds =
                key.secrets().stream().anyMatch(it -> it.number() == secretNumber && nowMillis < millis(it.endsAt()));
        if (!secretHolds) {
            return Reason.SECRET_ENDED;
        }
        if (key.suspendedAt().isPresent()) {
            return Reason.ACCOUNT_SUSPENDED;
        }
        if (key.disabledAt().isPresent()) {
            return Reason.DISABLED;
        }
        if (key.revokedAt().isPresent()) {
            return Reason.REVOKED;
        }
        return nowMillis >= millis(key.expiresAt()) ? Reason.EXPIRED : Reason.ENVIRONMENT_NOT_SERVED;
    }
}
