/**
 * Contracts as test classes: extend one, say how your implementation is opened, and its promises are tested. Beside them, a clock
 * that tests advance and a request without a container.
 */
@NullMarked
package dev.keystile.testkit;

import org.jspecify.annotations.NullMarked;
