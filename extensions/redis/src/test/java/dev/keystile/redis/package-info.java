@NullMarked
package dev.keystile.redis;

import org.jspecify.annotations.NullMarked;
