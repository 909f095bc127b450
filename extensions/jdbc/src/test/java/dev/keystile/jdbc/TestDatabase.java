package dev.keystile.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;

/**
 * A database that nothing else uses, and that is dropped when this is closed.
 *
 * @param kind     what it is
 * @param url      its JDBC URL, without a password
 * @param user     empty for none
 * @param password empty for none
 * @param server   the JDBC URL of where it was made
 * @param drop     the statement that takes it away again, there
 */
record TestDatabase(DatabaseKind kind, String url, String user, String password, String server, String drop)
        implements AutoCloseable {

    /** Its settings for {@link JdbcKeyStoreProvider}. */
    Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(Map.of("store.url", url));
        if (!user.isEmpty()) {
            settings.put("store.user", user);
            settings.put("store.password", password);
        }
        return settings;
    }

    /** Without a pool. */
    DataSource dataSource() {
        return new ConnectingDataSource(this::connect);
    }

    Connection connect() throws SQLException {
        return connect(url);
    }

    private Connection connect(String to) throws SQLException {
        Properties properties = new Properties();
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
            properties.setProperty("password", password);
        }
        return DriverManager.getConnection(to, properties);
    }

    /** Runs statements; the number of rows that the last one changed. */
    int sql(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement each = connection.createStatement()) {
            int changed = 0;
            for (String statement : statements) {
                changed = each.executeUpdate(statement);
            }
            return changed;
        }
    }

    /** Takes all rows away, as if the tables had just been made. */
    void empty() throws SQLException {
        sql(
                "DELETE FROM keystile_secret",
                "DELETE FROM keystile_key",
                "DELETE FROM keystile_change",
                "DELETE FROM keystile_suspension",
                "DELETE FROM keystile_usage",
                "DELETE FROM keystile_last_use",
                "UPDATE keystile_revision SET revision = 0");
    }

    /** As the owner of the tables may. */
    void cutLog(long upToRevision) {
        try {
            sql("DELETE FROM keystile_change WHERE revision <= " + upToRevision);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    void sqlOfServer(String statement) {
        try (Connection connection = connect(server);
                Statement each = connection.createStatement()) {
            each.execute(statement);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Each row as its values with spaces between. */
    List<String> rows(String query) throws SQLException {
        try (Connection connection = connect();
                Statement each = connection.createStatement();
                ResultSet rows = each.executeQuery(query)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                List<String> values = new ArrayList<>();
                for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                    values.add(rows.getString(column));
                }
                found.add(String.join(" ", values));
            }
            return found;
        }
    }

    @Override
    public void close() {
        sqlOfServer(drop);
    }
}
