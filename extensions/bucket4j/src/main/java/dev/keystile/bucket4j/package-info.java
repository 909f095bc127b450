/**
 * Limits over several nodes, counted wherever bucket4j can keep a bucket.
 */
@NullMarked
package dev.keystile.bucket4j;

import org.jspecify.annotations.NullMarked;
