package dev.keystile.nodes;

import dev.keystile.playground.StartRefusedException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Nodes, with the servers that were started for them. */
final class Nodes implements AutoCloseable {

    private static final String COMMAND = "keystile";
    private static final int WRONG_USAGE = 2;

    private final Wanted wanted;
    private final Path home;
    private final PrintStream out;
    private final PrintStream err;
    private final List<Node> nodes = new ArrayList<>();
    private final Deque<AutoCloseable> servers = new ArrayDeque<>();
    private final List<String> processes = new ArrayList<>();
    private boolean ending;

    /**
     * None yet: {@link #start} starts them.
     *
     * @param home the folder of this sample, in which binaries are unpacked
     * @param out  where keys, commands and readiness are told
     * @param err  where it is told what goes wrong
     */
    Nodes(Wanted wanted, Path home, PrintStream out, PrintStream err) {
        this.wanted = wanted;
        this.home = home;
        this.out = out;
        this.err = err;
    }

    /** Starts servers and nodes, and tells of them; whoever calls it closes them, also when it fails. */
    void start() throws StartRefusedException {
        try {
            startAll();
        } catch (IOException failure) {
            throw StartRefusedException.failed(String.valueOf(failure.getMessage()));
        }
    }

    private void startAll() throws IOException, StartRefusedException {
        List<Integer> ports = ports();
        prepareFolder();
        Map<String, String> environment = new HashMap<>();
        environment.put("KEYSTILE_DATA", wanted.data().toString());
        environment.put("PLAYGROUND_NODES", ports.stream().map(String::valueOf).collect(Collectors.joining(",")));
        environment.put("PLAYGROUND_SHELL", wanted.data().resolve(COMMAND).toString());
        environment.putAll(startServers());
        writeCommand(environment);
        // The first makes the tables and the keys, and says what is wrong, once.
        awaitReady(start(ports.get(0), wanted.arguments(), environment));
        List<Node> others = new ArrayList<>();
        for (int port : ports.subList(1, ports.size())) {
            others.add(start(port, contractOf(wanted.arguments()), environment));
        }
        for (Node node : others) {
            awaitReady(node);
        }
        nodes.forEach(node -> processes.add("node " + node.port() + " " + node.pid()));
        out.println("# processes, to kill or freeze: " + String.join(", ", processes));
        ports.forEach(port -> out.println("READY http://localhost:" + port));
        out.flush();
    }

    private List<Integer> ports() throws IOException, StartRefusedException {
        int first = wanted.port() == 0 ? FreePorts.consecutive(wanted.count()) : wanted.port();
        List<Integer> ports =
                IntStream.range(first, first + wanted.count()).boxed().toList();
        for (int port : ports) {
            if (!FreePorts.isFree(port)) {
                throw StartRefusedException.portTaken(port);
            }
        }
        return ports;
    }

    /** Its owner's alone, and of one start at a time. */
    private void prepareFolder() throws IOException, StartRefusedException {
        Path folder = wanted.data();
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
        FileChannel lock =
                FileChannel.open(folder.resolve("nodes.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        servers.push(lock);
        if (!isLocked(lock)) {
            throw StartRefusedException.failed("other nodes run on the folder " + folder
                    + ": end them, or set KEYSTILE_DATA to a folder of these nodes' own");
        }
    }

    private static boolean isLocked(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException ofThisProcess) {
            return false;
        }
    }

    private Map<String, String> startServers() throws IOException {
        Map<String, String> urls = new HashMap<>();
        if (wanted.store().isEmpty()) {
            PostgresServer postgres = new PostgresServer(
                    home.resolve("target/postgresql"), wanted.data().resolve("postgresql"));
            servers.push(postgres);
            processes.add("PostgreSQL " + postgres.pid());
            urls.put("KEYSTILE_STORE_URL", postgres.url());
            urls.put("KEYSTILE_STORE_USER", PostgresServer.USER);
        }
        if (wanted.redis().isEmpty()) {
            RedisServer redis =
                    new RedisServer(home.resolve("target/redis"), wanted.data().resolve("redis"));
            servers.push(redis);
            processes.add("Redis " + redis.pid());
            urls.put("KEYSTILE_REDIS_URL", redis.url());
        }
        return urls;
    }

    /** A command that manages the keys of the nodes: the command line, over what they share. */
    private void writeCommand(Map<String, String> environment) throws IOException {
        String classPath = System.getProperty("nodes.shell", System.getProperty("java.class.path"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        StringBuilder script = new StringBuilder("#!/bin/sh\n")
                .append("# Manages the keys of the nodes, while they run. --help tells how.\n");
        for (String name : List.of("KEYSTILE_STORE_URL", "KEYSTILE_STORE_USER")) {
            String value = environment.containsKey(name) ? environment.get(name) : System.getenv(name);
            if (value != null) {
                script.append("export ")
                        .append(name)
                        .append('=')
                        .append(quoted(value))
                        .append('\n');
            }
        }
        script.append("export KEYSTILE_CONFIG=")
                .append(quoted(wanted.data().resolve("keystile.properties").toString()))
                .append("\nexec ")
                .append(quoted(java))
                .append(" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp ")
                .append(quoted(classPath))
                .append(" dev.keystile.cli.Main \"$@\"\n");
        Path file = wanted.data().resolve(COMMAND);
        Files.writeString(file, script);
        if (!file.toFile().setExecutable(true, true)) {
            throw new IOException(file + " cannot be made executable");
        }
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private synchronized Node start(int port, List<String> arguments, Map<String, String> environment)
            throws IOException, StartRefusedException {
        if (ending) {
            throw StartRefusedException.failed("told to end");
        }
        Node node = Node.start(port, arguments, environment, err);
        nodes.add(node);
        return node;
    }

    private void awaitReady(Node node) throws IOException, StartRefusedException {
        if (!node.awaitReady(out::println)) {
            String message = "the node on port " + node.port() + " does not start";
            throw node.exitStatus() == WRONG_USAGE
                    ? StartRefusedException.usage(message)
                    : StartRefusedException.failed(message);
        }
        node.onEnd(() -> ended(node));
    }

    private synchronized void ended(Node node) {
        if (!ending) {
            err.println("nodes: the node on port " + node.port() + " has ended");
        }
        notifyAll();
    }

    /** Keys are issued once. */
    private static List<String> contractOf(List<String> arguments) {
        List<String> contract = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i).equals("--key")) {
                i++;
            } else if (!arguments.get(i).startsWith("--key=")) {
                contract.add(arguments.get(i));
            }
        }
        return contract;
    }

    /** Returns when all have ended, or have been told to. */
    synchronized void join() throws InterruptedException {
        while (!ending && nodes.stream().anyMatch(Node::isAlive)) {
            wait();
        }
    }

    /** Tells all to end, and does not wait. */
    synchronized void end() {
        ending = true;
        nodes.forEach(Node::tellToEnd);
        notifyAll();
    }

    /** Ends the nodes, then the servers. */
    @Override
    public void close() {
        end();
        nodes.forEach(Node::close);
        for (@Nullable AutoCloseable server = servers.poll(); server != null; server = servers.poll()) {
            try {
                server.close();
            } catch (Exception failure) {
                err.println("nodes: a server does not end: " + failure);
            }
        }
    }
}
