/**
 * What was decided of a request, and who called.
 */
@NullMarked
package dev.keystile.decision;

import org.jspecify.annotations.NullMarked;
