package dev.keystile.limit;

/**
 * One count that a limiter keeps: of one limit, for one key or account.
 *
 * <p>Immutable.
 *
 * @param limit name of the limit
 * @param kind  for whom it counts
 * @param id    the key id or the account
 */
public record Partition(String limit, PartitionKind kind, String id) {}
