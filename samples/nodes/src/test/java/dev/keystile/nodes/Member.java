package dev.keystile.nodes;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** One node of a {@link Cluster}, with the way to its database and a client. */
final class Member {

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final int port;
    private final Path settings;
    private final Map<String, String> environment;
    private final FaultProxy store;
    private final PrintStream log;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private volatile Node node;

    private Member(Path settings, Map<String, String> environment, FaultProxy store) throws IOException {
        this.port = FreePorts.any();
        this.settings = settings;
        this.environment = environment;
        this.store = store;
        this.log = new PrintStream(
                Files.newOutputStream(settings.resolveSibling("node-" + port + ".log")), true, StandardCharsets.UTF_8);
        this.node = start();
    }

    /** Starts it, and does not wait until it is ready; what it logs stands beside the settings. */
    static Member start(Path settings, Map<String, String> environment, FaultProxy store) throws IOException {
        return new Member(settings, environment, store);
    }

    private Node start() throws IOException {
        return Node.start(port, List.of(settings.toString()), environment, log);
    }

    void awaitReady() throws IOException {
        if (!node.awaitReady(line -> {})) {
            throw new IOException("the node on port " + port + " does not start: its log is beside " + settings);
        }
    }

    /** The way to its database. */
    FaultProxy store() {
        return store;
    }

    long pid() {
        return node.pid();
    }

    void freeze() throws IOException {
        Signal.send("STOP", node.pid());
    }

    void thaw() throws IOException {
        Signal.send("CONT", node.pid());
    }

    void kill() {
        node.kill();
    }

    /** After a kill, on the same port. */
    void restart() throws IOException {
        node = start();
        awaitReady();
    }

    /** Asks with a key. */
    Answer ask(String key) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/invoices"))
                .header("Authorization", "Bearer " + key)
                .timeout(LONGEST)
                .build();
        long sent = System.nanoTime();
        return new Answer(status(request), sent, System.nanoTime());
    }

    private int status(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException ended) {
            return 0;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** A request of the console, as its page sends it. */
    HttpResponse<String> console(String path, String body, String... headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .header("Sec-Fetch-Site", "same-origin")
                .timeout(LONGEST);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }

    @Override
    public String toString() {
        return "node " + port;
    }
}
