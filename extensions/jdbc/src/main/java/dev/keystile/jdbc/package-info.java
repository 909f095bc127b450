/**
 * Keys in a relational database: H2, PostgreSQL or MariaDB.
 */
@NullMarked
package dev.keystile.jdbc;

import org.jspecify.annotations.NullMarked;
