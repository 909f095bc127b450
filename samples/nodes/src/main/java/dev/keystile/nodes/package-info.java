/** Several playgrounds over one PostgreSQL and one Redis: {@code samples/run --nodes} starts {@link dev.keystile.nodes.Main}. */
@NullMarked
package dev.keystile.nodes;

import org.jspecify.annotations.NullMarked;
