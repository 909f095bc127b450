/**
 * The cases that every servlet container runs: {@link dev.keystile.containers.ContainerTable} is extended by a module of
 * its own for each of them.
 */
@NullMarked
package dev.keystile.containers;

import org.jspecify.annotations.NullMarked;
