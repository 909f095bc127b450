@NullMarked
package dev.keystile.nodes;

import org.jspecify.annotations.NullMarked;
