/**
 * Contracts as test classes: extend one, say how your implementation is opened, and its promises are tested.
 */
@NullMarked
package dev.keystile.testkit;

import org.jspecify.annotations.NullMarked;
