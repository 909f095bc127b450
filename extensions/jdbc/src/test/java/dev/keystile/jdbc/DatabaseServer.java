package dev.keystile.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A real database server that this JVM started, and that ends with it. */
abstract class DatabaseServer {

    /** Below the module's build folder, so that {@code mvn clean} takes it away. */
    static final Path FOLDER = Path.of("target", "databases").toAbsolutePath();

    private static final Pattern FOLDER_OF_PROCESS = Pattern.compile("[a-z]+-(\\d+)(\\.sock)?");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Map<DatabaseKind, DatabaseServer> STARTED = new EnumMap<>(DatabaseKind.class);

    private Leash leash = Leash.NONE;
    private long knownPid;

    /** The one of a kind, started if it is not running yet. */
    static synchronized DatabaseServer of(DatabaseKind kind) {
        return STARTED.computeIfAbsent(kind, it -> {
            try {
                return it.start();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }

    /** A folder of this JVM's own; those of JVMs that are gone are taken away. */
    static Path dataFolder(String kind) throws IOException {
        Files.createDirectories(FOLDER);
        try (Stream<Path> folders = Files.list(FOLDER)) {
            for (Path folder : folders.toList()) {
                Matcher ofProcess =
                        FOLDER_OF_PROCESS.matcher(folder.getFileName().toString());
                if (ofProcess.matches()
                        && ProcessHandle.of(Long.parseLong(ofProcess.group(1))).isEmpty()) {
                    deleteWhole(folder);
                }
            }
        }
        return FOLDER.resolve(kind + "-" + ProcessHandle.current().pid());
    }

    private static void deleteWhole(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    /** The process that listens. */
    abstract long pid() throws IOException;

    /** Starts it, over the data of the last time if there was one. */
    abstract void startProcess() throws IOException;

    /** Lets the library that started it know that it is gone. */
    abstract void forget() throws IOException;

    /** The URL without a database, or with the one that all databases are made in. */
    abstract String url();

    final void start() throws IOException {
        startProcess();
        // Asked while it answers.
        knownPid = pid();
        leash = Leash.on(knownPid);
    }

    /** Stops it where it is, or lets it go on: it keeps its connections, and says nothing on them meanwhile. */
    final void signal(String name) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        processes().forEach(each -> command.add(String.valueOf(each.pid())));
        awaitEnd(new ProcessBuilder(command).inheritIO().start().toHandle());
    }

    private Stream<ProcessHandle> processes() throws IOException {
        ProcessHandle server = ProcessHandle.of(knownPid).orElseThrow();
        return Stream.concat(Stream.of(server), server.descendants());
    }

    /** As {@code kill -9} does it: the server gets to do nothing more. */
    final void kill() throws IOException {
        List<ProcessHandle> all = processes().toList();
        leash.release();
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : all) {
            awaitEnd(each);
        }
        forget();
    }

    private static void awaitEnd(ProcessHandle process) throws IOException {
        CompletableFuture<ProcessHandle> end = process.onExit();
        try {
            end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        } catch (ExecutionException | TimeoutException failure) {
            throw new IOException("process " + process.pid() + " does not end", failure);
        }
    }
}
