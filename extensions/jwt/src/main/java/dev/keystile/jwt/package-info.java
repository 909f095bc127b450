/**
 * Keys whose private half signs requests: JSON Web Tokens with ES256.
 */
@NullMarked
package dev.keystile.jwt;

import org.jspecify.annotations.NullMarked;
