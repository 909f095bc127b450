/**
 * API keys: their text, their stored form, who may change them, and the proof that a text is one of them.
 */
@NullMarked
package dev.keystile.key;

import org.jspecify.annotations.NullMarked;
