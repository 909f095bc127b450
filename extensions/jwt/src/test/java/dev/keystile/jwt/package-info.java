@NullMarked
package dev.keystile.jwt;

import org.jspecify.annotations.NullMarked;
