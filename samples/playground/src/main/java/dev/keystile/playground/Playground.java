package dev.keystile.playground;

import dev.keystile.Keystile;
import dev.keystile.playground.members.DemoMembers;
import jakarta.servlet.ServletContainerInitializer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A contract, served: the application behind the filter, with keys to try it. */
final class Playground implements AutoCloseable {

    /** The folder of the sample: {@code samples/run} starts the process elsewhere for a settings file of its caller's. */
    private static final Path HOME = Path.of(System.getProperty("playground.home", ""));

    /** Beside the folder in which the sample is started. */
    private static final Path CONTRACTS = HOME.resolve("../contracts").normalize();

    private static final Path DEFAULT_DATA = HOME.resolve("target/data");

    /** In the folder of the data of nodes: what a shell has to know of them. */
    private static final String SETTINGS_FOR_SHELL = "keystile.properties";

    private final Server.Running running;
    private final List<String> obstacles;

    private Playground(Server.Running running, List<String> obstacles) {
        this.running = running;
        this.obstacles = obstacles;
    }

    /**
     * Starts it.
     *
     * @param out where keys, commands and readiness are told
     */
    static Playground start(Options options, PrintStream out) throws StartRefusedException {
        return start(options, out, (classes, application) -> {});
    }

    /** @param more what to add to the application before it starts */
    static Playground start(Options options, PrintStream out, ServletContainerInitializer more)
            throws StartRefusedException {
        Contract contract = Contract.find(options.contract(), CONTRACTS, options.directory());
        Playground started = serve(contract, options, more);
        try {
            started.tell(contract, options, out);
            return started;
        } catch (StartRefusedException | RuntimeException failure) {
            started.close();
            throw failure;
        }
    }

    private static Playground serve(Contract contract, Options options, ServletContainerInitializer more)
            throws StartRefusedException {
        Map<String, String> attributes = Issuer.attributesOf(contract.values());
        Contract.WithConsole settings = Contract.withConsole(settings(contract, options));
        Server.Running running =
                Server.find().start(new Server.Wanted(settings.text(), attributes, options.port(), more));
        return new Playground(running, settings.obstacles());
    }

    private static Path folder(Optional<Path> data) {
        return data.orElseGet(DEFAULT_DATA::toAbsolutePath);
    }

    private static String settings(Contract contract, Options options) throws StartRefusedException {
        if (options.nodes().isPresent()) {
            return contract.textWith(options.nodes().get());
        }
        if (options.data().isEmpty() && contract.namesStore()) {
            return contract.text();
        }
        Path folder = folder(options.data());
        try {
            KeyFile.prepareIn(folder);
        } catch (IOException unwritable) {
            throw StartRefusedException.failed("the folder " + folder + " cannot be made: " + unwritable);
        }
        return contract.textWithStoreIn(folder);
    }

    private void tell(Contract contract, Options options, PrintStream out) throws StartRefusedException {
        String address = "http://localhost:" + running.port();
        Optional<Nodes> nodes = options.nodes();
        if (nodes.isPresent() && !nodes.get().isFirst(running.port())) {
            out.println("READY " + address);
            out.flush();
            return;
        }
        Issuer issuer = new Issuer(keystile(), contract.values(), folder(options.data()));
        CurlLines curl = new CurlLines(address, keystile());
        List<HeldKey> keys = issuer.issue(issuer.usual());
        List<String> commands = new ArrayList<>();
        List<HeldKey> served = keys.stream().filter(issuer::isServed).collect(Collectors.toCollection(ArrayList::new));
        if (!served.isEmpty()) {
            HeldKey all = served.get(0);
            commands.addAll(curl.opened(all));
            curl.forbidden(served.get(1)).ifPresent(commands::add);
            // A key that the other commands do not use, so that they can be run again and again.
            if (served.size() == 2 && curl.limited(all).isPresent()) {
                HeldKey spare = issuer.issue(issuer.another("spare", all.key().environment()));
                served.add(spare);
                keys.add(spare);
            }
            served.subList(2, served.size()).stream()
                    .flatMap(key -> curl.limited(key).stream())
                    .findFirst()
                    .ifPresent(commands::add);
            if (nodes.isPresent()) {
                writeForShell(contract.textWith(nodes.get()), folder(options.data()));
                HeldKey shared = issuer.issue(issuer.another("shared", all.key().environment()));
                HeldKey revoked =
                        issuer.issue(issuer.another("revoked", all.key().environment()));
                keys.addAll(List.of(shared, revoked));
                commands.addAll(nodes.get().commands(keystile(), shared, revoked));
            }
        }
        keys.addAll(issuer.issue(issuer.publishable()));
        keys.addAll(issuer.issue(options.keys()));
        keys.forEach(key -> out.println(key.line()));
        issuer.signingLines(keys).forEach(out::println);
        commands.forEach(out::println);
        out.println(
                hasConsole(keystile())
                        ? "# console " + address + DemoMembers.CONSOLE
                        : "# no console: " + String.join("; ", obstacles).replace("rules: ", ""));
        out.println("READY " + address);
        out.flush();
    }

    private static void writeForShell(String settings, Path folder) throws StartRefusedException {
        Path file = folder.resolve(SETTINGS_FOR_SHELL);
        try {
            Files.deleteIfExists(file);
            KeyFile.writeNew(file, settings);
        } catch (IOException unwritable) {
            throw StartRefusedException.failed("the file " + file + " cannot be written: " + unwritable);
        }
    }

    /** Whether people get at the console and its login. */
    static boolean hasConsole(Keystile keystile) {
        return Stream.of(
                        DemoMembers.CONSOLE,
                        DemoMembers.CONSOLE + "/api/keys",
                        DemoMembers.CONSOLE + "/api/keys/id/audit",
                        DemoMembers.LOGIN)
                .allMatch(path ->
                        DemoMembers.isPublic(keystile, "GET", path) && DemoMembers.isPublic(keystile, "POST", path));
    }

    /** Where it listens. */
    int port() {
        return running.port();
    }

    /** The library behind the application. */
    Keystile keystile() {
        return running.keystile();
    }

    /** Returns when it has been closed. */
    void join() throws InterruptedException {
        running.join();
    }

    /** Ends requests, threads and the store; a second call waits for the first. */
    @Override
    public synchronized void close() {
        running.close();
    }
}
