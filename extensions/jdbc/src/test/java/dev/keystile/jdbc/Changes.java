package dev.keystile.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for changes that a store makes behind the requests, such as upgrades. */
final class Changes {

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);
    private static final long PAUSE_NANOS = 1_000_000;

    private Changes() {}

    /** Returns when so many changes were made, over all time; fails when no further one comes for 20 seconds. */
    static void awaitRevision(String url, long wanted) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement revision = connection.prepareStatement("SELECT revision FROM keystile_revision")) {
            long last = read(revision);
            long changed = System.nanoTime();
            while (last < wanted) {
                LockSupport.parkNanos(PAUSE_NANOS);
                long now = read(revision);
                if (now != last) {
                    last = now;
                    changed = System.nanoTime();
                } else if (System.nanoTime() - changed > LONGEST_PAUSE.toNanos()) {
                    throw new AssertionError("waited in vain for revision " + wanted + ": the store stands at " + last
                            + ", for " + LONGEST_PAUSE.toSeconds() + " seconds");
                }
            }
        }
    }

    private static long read(PreparedStatement revision) throws SQLException {
        try (ResultSet row = revision.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
