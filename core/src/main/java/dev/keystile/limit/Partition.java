package dev.keystile.limit;

/**
 * One count that a limiter keeps: of one limit, for one key or account. A limit of the same name and other figures is
 * another count, so that going forth and back between two plans refunds nothing.
 *
 * <p>Immutable.
 *
 * @param limit name and figures of the limit, as one text
 * @param kind  for whom it counts
 * @param id    the key id or the account
 */
public record Partition(String limit, PartitionKind kind, String id) {}
