package dev.keystile.key;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * How long keys last, by environment.
 *
 * <p>Immutable.
 *
 * @param max      how long a key may last at most; without end where none is said
 * @param defaults how long a key lasts of which nobody says when it ends; as long as it may where none is said
 */
record KeyAges(Map<KeyEnvironment, Duration> max, Map<KeyEnvironment, Duration> defaults) {

    KeyAges {
        max = Map.copyOf(max);
        defaults = Map.copyOf(defaults);
    }

    /**
     * When a new key ends; never if empty.
     *
     * @param wanted when it was asked to end, if anybody asked
     * @throws KeyRefusedException if that has come already, or is later than may be
     */
    Optional<Instant> endOf(KeyEnvironment environment, Optional<Instant> wanted, Instant now) {
        Optional<Duration> longest = Optional.ofNullable(max.get(environment));
        if (wanted.isEmpty()) {
            return Optional.ofNullable(defaults.get(environment))
                    .or(() -> longest)
                    .map(now::plus);
        }
        Instant end = wanted.get();
        if (!end.isAfter(now)) {
            throw KeyRefusedException.invalid("the key would have expired at " + end);
        }
        if (longest.isPresent() && end.isAfter(now.plus(longest.get()))) {
            throw KeyRefusedException.invalid("the key would expire at " + end + ", and keys of environment "
                    + environment + " last " + Spans.text(longest.get()) + " at most: until "
                    + now.plus(longest.get()));
        }
        return wanted;
    }
}
