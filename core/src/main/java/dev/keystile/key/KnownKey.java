package dev.keystile.key;

import dev.keystile.key.Verification.Reason;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A key as last read, with its state laid out so that judging it allocates nothing. */
final class KnownKey<V> {

    private static final long NEVER = Long.MAX_VALUE;
    private static final Instant FIRST = Instant.ofEpochMilli(Long.MIN_VALUE);
    private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE);

    private final Verification.Verified<V> verified;
    private final boolean served;
    private final long expiresMillis;
    private final long[] secretEndsMillis;

    KnownKey(ApiKey key, V view, Set<KeyEnvironment> servedHere) {
        this.verified = new Verification.Verified<>(key, view);
        this.served = servedHere.contains(key.environment());
        this.expiresMillis = millis(key.expiresAt());
        this.secretEndsMillis = key.secrets().stream()
                .mapToLong(secret -> millis(secret.endsAt()))
                .toArray();
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

    ApiKey key() {
        return verified.key();
    }

    Verification.Verified<V> verified() {
        return verified;
    }

    /** Why key or secret is not good at this moment; null if both are. */
    @Nullable Reason objection(int secretNumber, long nowMillis) {
        if (nowMillis >= secretEndMillis(secretNumber)) {
            return Reason.SECRET_ENDED;
        }
        ApiKey key = verified.key();
        if (key.disabledAt().isPresent()) {
            return Reason.DISABLED;
        }
        if (key.revokedAt().isPresent()) {
            return Reason.REVOKED;
        }
        if (nowMillis >= expiresMillis) {
            return Reason.EXPIRED;
        }
        return served ? null : Reason.ENVIRONMENT_NOT_SERVED;
    }

    /** A secret that the key no longer has ended before all time. */
    private long secretEndMillis(int number) {
        for (int i = 0; i < secretEndsMillis.length; i++) {
            if (key().secrets().get(i).number() == number) {
                return secretEndsMillis[i];
            }
        }
        return Long.MIN_VALUE;
    }
}
