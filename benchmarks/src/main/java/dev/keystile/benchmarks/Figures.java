package dev.keystile.benchmarks;

/**
 * What one answer of one contender costs.
 *
 * @param nanos of a thread's time
 * @param bytes allocated
 */
record Figures(double nanos, double bytes) {}
