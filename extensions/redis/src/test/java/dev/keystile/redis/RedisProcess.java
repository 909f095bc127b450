package dev.keystile.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis on a port of its own, with nothing in it, that can be killed, frozen and started again. {@code
 * KEYSTILE_REDIS_SERVER} names another executable than the one from the Maven artifact, such as Valkey's.
 */
final class RedisProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String EXECUTABLE = executable();

    private final int port;
    private final List<String> settings;
    private final Path folder;
    private final RedisClient client;
    private Process process;
    private @Nullable RedisCommands<String, String> commands;

    RedisProcess(String... settings) {
        this(temporaryFolder(), settings);
    }

    private RedisProcess(Path folder, String... settings) {
        this.port = freePort();
        this.settings = List.of(settings);
        this.folder = folder;
        this.process = start();
        RedisURI uri = RedisURI.create("127.0.0.1", port);
        int password = this.settings.indexOf("--requirepass");
        if (password >= 0) {
            uri.setCredentialsProvider(new StaticCredentialsProvider(
                    null, this.settings.get(password + 1).toCharArray()));
        }
        uri.setTimeout(PATIENCE);
        this.client = RedisClient.create(uri);
    }

    /** A sentinel that decides by itself, and soon, whether the master that it calls {@code main} is gone. */
    static RedisProcess sentinelOf(RedisProcess master, String password) {
        Path folder = temporaryFolder();
        // Sentinels write into it what they find out.
        Path file = folder.resolve("sentinel.conf");
        try {
            Files.write(
                    file,
                    List.of(
                            "sentinel monitor main 127.0.0.1 " + master.port() + " 1",
                            "sentinel auth-pass main " + password,
                            "sentinel down-after-milliseconds main 500",
                            "sentinel failover-timeout main 10000"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new RedisProcess(folder, file.toString(), "--sentinel");
    }

    private static String executable() {
        try {
            String named = System.getenv("KEYSTILE_REDIS_SERVER");
            return named != null
                    ? named
                    : ExecutableProvider.newJarResourceProvider().get().getPath();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // A node of a cluster has a second port, 10000 above.
            int port = socket.getLocalPort();
            return port <= 55_535 ? port : port - 10_000;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory(Path.of("target").toAbsolutePath(), "redis");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private Process start() {
        List<String> command = new ArrayList<>(List.of(EXECUTABLE));
        command.addAll(settings);
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--dir", folder.toString()));
        if (!settings.contains("--sentinel")) {
            command.addAll(List.of("--save", "", "--maxmemory-policy", "noeviction"));
        }
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            long began = System.nanoTime();
            while (!isReady(log())) {
                if (!started.isAlive() || System.nanoTime() - began > PATIENCE.toNanos()) {
                    throw new IllegalStateException(log());
                }
                Thread.onSpinWait();
            }
            return started;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static boolean isReady(String log) {
        return log.contains("Ready to accept connections") || log.contains("+monitor master");
    }

    int port() {
        return port;
    }

    /** What it has logged. */
    String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** To look into it. */
    RedisCommands<String, String> commands() {
        if (commands == null) {
            commands = client.connect().sync();
        }
        return commands;
    }

    /** How often it ran a script. */
    long evaluations(RedisCommands<String, String> commands) {
        return calls(commands, "evalsha") + calls(commands, "eval");
    }

    /** How often it was given a command. */
    long calls(RedisCommands<String, String> commands, String command) {
        Optional<String> line = commands.info("commandstats")
                .lines()
                .filter(it -> it.startsWith("cmdstat_" + command + ":calls="))
                .findFirst();
        return line.map(it -> it.substring(it.indexOf('=') + 1, it.indexOf(',')))
                .map(Long::parseLong)
                .orElse(0L);
    }

    /** As {@code kill -9}: what it held is lost. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts it again on the same port, empty. */
    void restart() {
        process = start();
    }

    /** Stops it as it stands, with its connections open. */
    void freeze() {
        signal("STOP");
    }

    void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        kill();
        delete(folder.toFile().listFiles());
    }

    private void delete(java.io.File @Nullable [] files) {
        if (files != null) {
            for (java.io.File file : files) {
                file.delete();
            }
        }
        folder.toFile().delete();
    }
}
