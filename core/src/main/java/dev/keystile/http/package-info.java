/**
 * HTTP without a framework: where a credential may stand, and how denials and limits are told. Pure functions.
 */
@NullMarked
package dev.keystile.http;

import org.jspecify.annotations.NullMarked;
