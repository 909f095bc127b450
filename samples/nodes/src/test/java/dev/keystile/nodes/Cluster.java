package dev.keystile.nodes;

import dev.keystile.KeyAdministration;
import dev.keystile.config.Settings;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Nodes as {@code samples/run --nodes} starts them, each a process of its own, over a PostgreSQL and a Redis that can be killed,
 * frozen and kept busy; each node comes to the database by a connection of its own that can be cut. Keys are managed past all
 * that, from this process. One for all tests, which ends with this JVM.
 */
final class Cluster {

    static final Actor OPERATOR = new Actor.Operator("test");

    /** How many nodes {@code limiter.nodes} says there are. */
    static final int NODES = 3;

    /** Of every plan below that ends. */
    static final int LIMIT = 100;

    private static final Path FOLDER = Path.of("target", "clusters").toAbsolutePath();
    private static final String ADMIN = "admin";

    private static final String SETTINGS = """
            key.prefixes = acme_live_ secret live
            key.cache-size = 1000
            credentials = bearer
            scopes = invoices:read
            plans.wide = wide 10000000/1m
            plans.exact = exact 100/1d
            plans.shared = shared 100/1d
            default-plan = wide
            limiter.on-failure = local, exact deny
            failures.limit = 10000000/1m
            rules.invoices = GET /v1/invoices invoices:read
            """;

    private static @Nullable Cluster started;

    private final Path folder;
    private final Path settings;
    private final PostgresServer postgres;
    private final RedisServer redis;
    private final List<Member> members = new ArrayList<>();
    private final KeyAdministration administration;

    private Cluster() throws IOException {
        deleteOfOthers();
        folder = Files.createDirectories(
                FOLDER.resolve(Long.toString(ProcessHandle.current().pid())));
        settings = Files.writeString(folder.resolve("test.properties"), SETTINGS);
        postgres = new PostgresServer(Path.of("target", "postgresql").toAbsolutePath(), folder.resolve("postgresql"));
        redis = new RedisServer(Path.of("target", "redis").toAbsolutePath(), folder.resolve("redis"));
        Map<String, String> own = new HashMap<>(SETTINGS.lines()
                .map(line -> line.split(" = ", 2))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1])));
        own.put("store.type", "jdbc");
        own.put("store.url", postgres.url() + "?ApplicationName=" + ADMIN);
        own.put("store.user", PostgresServer.USER);
        administration = Settings.of(own).openAdministration();
    }

    /** The one of this JVM, with so many nodes at least. */
    static synchronized Cluster of(int nodes) throws IOException {
        if (started == null) {
            started = new Cluster();
        }
        started.start(nodes);
        return started;
    }

    /** Folders of JVMs that are gone. */
    private static void deleteOfOthers() throws IOException {
        Files.createDirectories(FOLDER);
        try (Stream<Path> folders = Files.list(FOLDER)) {
            for (Path folder : folders.toList()) {
                long pid = Long.parseLong(folder.getFileName().toString());
                if (ProcessHandle.of(pid).isEmpty()) {
                    try (Stream<Path> files = Files.walk(folder)) {
                        for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                            Files.deleteIfExists(each);
                        }
                    }
                }
            }
        }
    }

    private void start(int nodes) throws IOException {
        int missing = nodes - members.size();
        if (missing > 0) {
            members.addAll(startMore(Collections.nCopies(missing, Map.of())));
        }
    }

    /** Starts nodes beside the others, each with more in its environment; whoever does so ends them. */
    List<Member> startMore(List<Map<String, String>> environments) throws IOException {
        List<Member> more = new ArrayList<>();
        for (Map<String, String> each : environments) {
            FaultProxy store = new FaultProxy(postgres.port());
            Map<String, String> environment = new HashMap<>(each);
            environment.put("KEYSTILE_STORE_URL", "jdbc:postgresql://127.0.0.1:" + store.port() + "/postgres");
            environment.put("KEYSTILE_STORE_USER", PostgresServer.USER);
            environment.put("KEYSTILE_REDIS_URL", redis.url());
            environment.put("KEYSTILE_DATA", folder.toString());
            // None of them is the first, which would issue keys.
            environment.put("PLAYGROUND_NODES", "0" + ",0".repeat(NODES - 1));
            more.add(Member.start(settings, environment, store));
        }
        for (Member each : more) {
            each.awaitReady();
        }
        return more;
    }

    /** The first of them. */
    List<Member> members(int count) {
        return List.copyOf(members.subList(0, count));
    }

    KeyManager keys() {
        return administration.keyManager();
    }

    IssuedKey issue(String plan) {
        return keys().issue(
                        NewKey.of("acct_playground", "test", KeyEnvironment.LIVE)
                                .scopes("invoices:read")
                                .plan(plan)
                                .build(),
                        OPERATOR);
    }

    RedisServer redis() {
        return redis;
    }

    /** Sends a command to Redis, past all nodes. */
    void tellRedis(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[3];
            int read = socket.getInputStream().readNBytes(answer, 0, answer.length);
            if (!new String(answer, 0, read, StandardCharsets.US_ASCII).equals("+OK")) {
                throw new IOException("Redis refuses " + command);
            }
        }
    }

    /** A connection to the database that no fault of a node concerns. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(postgres.url() + "?ApplicationName=" + ADMIN, PostgresServer.USER, "");
    }

    /** Ends all connections of nodes to the database, those that listen among them. */
    void terminateConnections() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client"
                    + " backend' AND application_name <> '" + ADMIN + "'");
        }
    }

    /** As {@code kill -9} of each of its processes. */
    void killDatabase() throws Exception {
        List<ProcessHandle> processes = databaseProcesses();
        processes.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : processes) {
            each.onExit().get(30, TimeUnit.SECONDS);
        }
        postgres.close();
    }

    void startDatabase() throws IOException {
        postgres.start();
    }

    private List<ProcessHandle> databaseProcesses() throws IOException {
        ProcessHandle server = ProcessHandle.of(postgres.pid()).orElseThrow();
        return Stream.concat(Stream.of(server), server.descendants()).toList();
    }

    /** Stops all of its processes, or lets them go on. */
    void signalDatabase(String name) throws IOException {
        for (ProcessHandle each : databaseProcesses()) {
            if (each.isAlive()) {
                Signal.send(name, each.pid());
            }
        }
    }
}
