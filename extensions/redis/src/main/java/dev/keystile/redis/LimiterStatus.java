package dev.keystile.redis;

import java.util.Optional;

/**
 * What a limiter over several nodes has done so far on this one.
 *
 * <p>Immutable.
 *
 * @param lastFailure why Redis could not be asked the last time that it could not; empty if it always could
 * @param failures    how often Redis was asked in vain since the limiter was opened
 * @param counted     how many requests Redis answered
 * @param knownDenied how many were denied without asking, for they were known to be
 * @param makeshift   how many were answered by what {@link OnFailure} says, 503 included
 */
public record LimiterStatus(
        Optional<String> lastFailure, long failures, long counted, long knownDenied, long makeshift) {}
