package dev.keystile.nodes;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What befalls a {@link Cluster}: each a row of the table in docs/deployment.md. */
enum Fault {
    REDIS_KILLED(
            "Redis killed",
            Lasting.SHORT,
            cluster -> cluster.redis().close(),
            cluster -> cluster.redis().start()),
    REDIS_FROZEN(
            "Redis frozen",
            Lasting.SHORT,
            cluster -> Signal.send("STOP", cluster.redis().pid()),
            cluster -> Signal.send("CONT", cluster.redis().pid())),
    REDIS_SLOW(
            "Redis slow",
            Lasting.SHORT,
            cluster -> cluster.tellRedis("CLIENT PAUSE 2500"),
            cluster -> cluster.tellRedis("CLIENT UNPAUSE")),
    REDIS_READ_ONLY(
            "Redis read-only",
            Lasting.SHORT,
            cluster -> cluster.tellRedis("REPLICAOF 127.0.0.1 1"),
            cluster -> cluster.tellRedis("REPLICAOF NO ONE")),
    REDIS_FULL(
            "Redis full",
            Lasting.SHORT,
            cluster -> cluster.tellRedis("CONFIG SET maxmemory 1"),
            cluster -> cluster.tellRedis("CONFIG SET maxmemory 0")),
    DATABASE_KILLED("database killed", Lasting.LONG, Cluster::killDatabase, Cluster::startDatabase),
    DATABASE_FROZEN(
            "database frozen",
            Lasting.LONG,
            cluster -> cluster.signalDatabase("STOP"),
            cluster -> cluster.signalDatabase("CONT")),
    DATABASE_SLOW(
            "database slow",
            Lasting.LONG,
            cluster -> lock(cluster, "keystile_key, keystile_change, keystile_revision"),
            cluster -> unlock()),
    READS_HANG("reads of keys hang", Lasting.LONG, cluster -> lock(cluster, "keystile_key"), cluster -> unlock()),
    CONNECTIONS_CUT(
            "connections of all nodes ended",
            Lasting.SHORT,
            Cluster::terminateConnections,
            Cluster::terminateConnections),
    NODE_CUT_OFF(
            "node cut off from the database",
            Lasting.LONG,
            cluster -> affected(cluster).store().cut(),
            cluster -> affected(cluster).store().mend()),
    NODE_FROZEN(
            "node frozen for 10 s",
            Duration.ofSeconds(10),
            cluster -> affected(cluster).freeze(),
            cluster -> affected(cluster).thaw());

    private static final class Lasting {
        static final Duration SHORT = Duration.ofMillis(1_200);
        /** Past the lease. */
        static final Duration LONG = Duration.ofMillis(3_500);
    }

    private interface Change {
        void make(Cluster cluster) throws Exception;
    }

    private static final String DEADLOCK = "40P01";

    /** Holds the locks of tables. */
    private static @Nullable Connection lock;

    private final String row;
    private final Duration lasts;

    @SuppressWarnings("ImmutableEnumChecker") // Lambdas that hold nothing.
    private final Change broken;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Change mended;

    Fault(String row, Duration lasts, Change broken, Change mended) {
        this.row = row;
        this.lasts = lasts;
        this.broken = broken;
        this.mended = mended;
    }

    /** How its row begins. */
    String row() {
        return row;
    }

    /** For how long to wait between its begin and its end. */
    Duration lasts() {
        return lasts;
    }

    void begin(Cluster cluster) throws Exception {
        broken.make(cluster);
    }

    void end(Cluster cluster) throws Exception {
        mended.make(cluster);
    }

    boolean isOfOneNode() {
        return this == NODE_CUT_OFF || this == NODE_FROZEN;
    }

    /** Whether a key can be revoked meanwhile. */
    boolean leavesDatabase() {
        return !row.startsWith("database") && this != READS_HANG;
    }

    /** The one that a fault of one node hits. */
    static Member affected(Cluster cluster) {
        return cluster.members(Cluster.NODES).get(1);
    }

    private static void lock(Cluster cluster, String tables) throws SQLException {
        Connection connection = cluster.connect();
        lock = connection;
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            while (!isLocked(statement, tables)) {
                connection.rollback();
            }
        }
    }

    /** False where a node holds one of the tables, waits for another, and was not the one that gave way. */
    private static boolean isLocked(Statement statement, String tables) throws SQLException {
        try {
            statement.execute("LOCK TABLE " + tables + " IN ACCESS EXCLUSIVE MODE");
            return true;
        } catch (SQLException failure) {
            if (!DEADLOCK.equals(failure.getSQLState())) {
                throw failure;
            }
            return false;
        }
    }

    private static void unlock() throws SQLException {
        if (lock != null) {
            lock.close();
        }
    }
}
