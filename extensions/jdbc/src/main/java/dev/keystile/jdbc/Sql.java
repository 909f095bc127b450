package dev.keystile.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/** A statement that is put together piece by piece. Not safe for use by many threads. */
final class Sql {

    /** Rows that are sent together. */
    private static final int ROWS_A_BATCH = 1000;

    private final StringBuilder text = new StringBuilder();
    private final List<Object> parameters = new ArrayList<>();

    /**
     * @param beginning what it begins with
     * @param values    what its question marks stand for
     */
    Sql(String beginning, Object... values) {
        add(beginning, values);
    }

    /** What is made of the rows of a result. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet rows) throws SQLException;
    }

    /** How a row of a batch becomes parameters. */
    @FunctionalInterface
    interface Binder<T> {
        void bind(PreparedStatement statement, T row) throws SQLException;
    }

    /**
     * @param more   what follows
     * @param values what its question marks stand for
     */
    Sql add(String more, Object... values) {
        text.append(more);
        parameters.addAll(Arrays.asList(values));
        return this;
    }

    /** Adds {@code IN (…)}, of 1 or more. */
    Sql addIn(Collection<String> values) {
        return add(
                " IN (" + String.join(", ", Collections.nCopies(values.size(), "?")) + ")",
                values.toArray(Object[]::new));
    }

    /** Runs it, and reads what it finds. */
    <T> T read(Connection connection, Reader<T> reader) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text.toString())) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
            try (ResultSet rows = statement.executeQuery()) {
                return reader.read(rows);
            }
        }
    }

    /** Runs it, and tells how many rows it changed. */
    int write(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text.toString())) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
            return statement.executeUpdate();
        }
    }

    /**
     * Runs one statement for many rows.
     *
     * @return how many rows each of them changed, or a number below 0 where the driver does not know
     */
    static <T> List<Integer> batch(Connection connection, String statement, Collection<T> rows, Binder<T> binder)
            throws SQLException {
        List<Integer> changed = new ArrayList<>(rows.size());
        if (rows.isEmpty()) {
            return changed;
        }
        try (PreparedStatement batch = connection.prepareStatement(statement)) {
            int waiting = 0;
            for (T row : rows) {
                binder.bind(batch, row);
                batch.addBatch();
                if (++waiting == ROWS_A_BATCH) {
                    run(batch, changed);
                    waiting = 0;
                }
            }
            if (waiting > 0) {
                run(batch, changed);
            }
        }
        return changed;
    }

    private static void run(PreparedStatement batch, List<Integer> changed) throws SQLException {
        for (int count : batch.executeBatch()) {
            changed.add(count);
        }
    }

    /** Cuts rows into portions that one statement can name. */
    static <T> List<List<T>> portions(List<T> rows) {
        List<List<T>> portions = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += ROWS_A_BATCH) {
            portions.add(rows.subList(from, Math.min(from + ROWS_A_BATCH, rows.size())));
        }
        return portions;
    }
}
