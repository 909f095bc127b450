package dev.keystile.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Makes a connection. */
@FunctionalInterface
interface Connector {

    Connection connect() throws SQLException;
}
