/** What counting in Redis costs, beside what Redis does anyway. */
@NullMarked
package dev.keystile.benchmarks.redis;

import org.jspecify.annotations.NullMarked;
