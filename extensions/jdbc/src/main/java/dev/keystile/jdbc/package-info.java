/**
 * Keys in a relational database.
 */
@NullMarked
package dev.keystile.jdbc;

import org.jspecify.annotations.NullMarked;
