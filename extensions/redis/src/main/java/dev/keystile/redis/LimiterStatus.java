package dev.keystile.redis;

import java.util.Optional;

/**
 * How a limiter over several nodes stands, as seen from this one.
 *
 * <p>Immutable.
 *
 * @param shared      whether limits are counted in Redis; if not, what {@link OnFailure} says holds
 * @param lastFailure why Redis could not be asked the last time that it could not; empty if it always could
 * @param failures    how often Redis was asked in vain since the limiter was opened
 * @param counted     how many requests Redis answered
 * @param knownDenied how many were denied without asking, for they were known to be
 * @param makeshift   how many were answered by what {@link OnFailure} says, 503 included
 */
public record LimiterStatus(
        boolean shared, Optional<String> lastFailure, long failures, long counted, long knownDenied, long makeshift) {}
