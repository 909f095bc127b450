package dev.keystile.containers;

import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/** The application of the table on a container, with keys for all callers; and what it was sent. */
final class Site implements AutoCloseable {

    private static final int SENDERS = 4;
    private static final int LONGEST_MINUTES = 15;
    private static final Actor OPERATOR = new Actor.Operator("table");
    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int CHECKSUM_LENGTH = 6;
    private static final String KEY_PREFIX = "tk_";
    /** The longest prefix, the key id and a part of the secret. */
    private static final int TELLING_LENGTH = 26;

    private final Container.Running running;
    private final Map<Character, String> letters = new HashMap<>();
    private final Map<Caller, String> users = new EnumMap<>(Caller.class);
    private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
    private final Queue<Reach> reaches;
    private final Queue<String> failures;

    private Site(Container.Running running, String contextPath) {
        this.running = running;
        this.reaches = Reach.in(running.context());
        this.failures = Reach.failuresIn(running.context());
        letters.put('C', contextPath);
    }

    /** Writes the application to the folder and starts it. */
    static Site start(Container container, WebApplication application, Path folder, String contextPath, String setup)
            throws Exception {
        application.write(folder);
        Container.Running running = container.start(application, folder, contextPath, setup);
        try {
            Site site = new Site(running, contextPath);
            if (KeystileFilter.keystileOf(running.context()).isPresent()) {
                site.issueKeys(running.context());
            } else {
                site.inventKeys();
            }
            return site;
        } catch (RuntimeException failure) {
            running.close();
            throw failure;
        }
    }

    private void issueKeys(ServletContext context) {
        KeyManager keys = KeystileFilter.keystileOf(context).orElseThrow().keyManager();
        for (Caller caller : Caller.values()) {
            if (caller != Caller.NOBODY) {
                IssuedKey issued = issue(keys, caller, KeyEnvironment.LIVE);
                users.put(caller, issued.key().id().text());
                letters.put(caller.escape(), issued.revealOnce());
            }
        }
        letters.put('W', withAnotherSecret(resolve("\\" + Caller.ALL.escape())));
        IssuedKey ended = issue(keys, Caller.ALL, KeyEnvironment.LIVE);
        letters.put('E', ended.revealOnce());
        keys.revoke(ended.key().id(), OPERATOR);
        letters.put('T', issue(keys, Caller.ALL, KeyEnvironment.TEST).revealOnce());
    }

    private static IssuedKey issue(KeyManager keys, Caller caller, KeyEnvironment environment) {
        NewKey wanted = NewKey.of("acct_1", caller.name(), environment)
                .scopes(caller.scopes().toArray(String[]::new))
                .build();
        return keys.issue(wanted, OPERATOR);
    }

    /** The same key id, and a checksum that is right. */
    private static String withAnotherSecret(String key) {
        int last = key.length() - CHECKSUM_LENGTH - 1;
        String changed = key.substring(0, last) + (key.charAt(last) == 'x' ? 'y' : 'x');
        CRC32 crc = new CRC32();
        crc.update(changed.getBytes(StandardCharsets.US_ASCII));
        StringBuilder checksum = new StringBuilder();
        for (long rest = crc.getValue(); checksum.length() < CHECKSUM_LENGTH; rest /= BASE_62.length()) {
            checksum.append(BASE_62.charAt((int) (rest % BASE_62.length())));
        }
        return changed + checksum.reverse();
    }

    /** For a filter that is not the library's, and gets to know them by {@link NaiveFilter#knowKeys}. */
    private void inventKeys() {
        Map<String, Caller> known = new HashMap<>();
        for (Caller caller : Caller.values()) {
            if (caller != Caller.NOBODY) {
                String text = "tk_live_KNOWN" + caller + "0000000000000000";
                known.put(text, caller);
                users.put(caller, caller.name());
                letters.put(caller.escape(), text);
            }
        }
        for (char letter : new char[] {'W', 'E', 'T'}) {
            letters.put(letter, "tk_live_UNKNOWN" + letter);
        }
        NaiveFilter.knowKeys(running.context(), known);
    }

    Judge judge() {
        return new Judge(users);
    }

    Queue<Reach> reaches() {
        return reaches;
    }

    /** What a case sent by {@link #send} reached, in order. */
    List<Reach> reachesOf(Exchange exchange) {
        return reaches.stream().filter(reach -> reach.port() == exchange.port()).toList();
    }

    Queue<String> failures() {
        return failures;
    }

    /** Whether a text gives away a key of these; one that is cut short counts, where more than its public half is left. */
    boolean holdsKey(String text) {
        return text.contains(KEY_PREFIX)
                && letters.values().stream()
                        .filter(value -> value.startsWith(KEY_PREFIX))
                        .anyMatch(key -> text.contains(key.substring(0, Math.min(key.length(), TELLING_LENGTH))));
    }

    String resolve(String text) {
        return Escapes.resolve(text, letters);
    }

    Client connect() throws IOException {
        return new Client(running.address());
    }

    /** Sends a case on a connection of its own. */
    Exchange send(Case sent) throws IOException {
        String request = resolve(sent.text());
        while (true) {
            try (Client client = connect()) {
                // The system must not hand out one port for two cases that it alone tells apart.
                if (ports.add(client.port())) {
                    return new Exchange(sent, client.port(), client.exchangeToTheEnd(request));
                }
            }
        }
    }

    /** Sends all cases, several at a time, and answers in their order. */
    List<Exchange> sendAll(List<Case> cases) throws Exception {
        Exchange[] exchanges = new Exchange[cases.size()];
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            int index = i;
            if (cases.get(i).kind() == Case.Kind.SLOW) {
                tasks.add(() -> {
                    exchanges[index] = send(cases.get(index));
                    return null;
                });
            }
        }
        AtomicInteger next = new AtomicInteger();
        for (int i = 0; i < SENDERS; i++) {
            tasks.add(() -> {
                sendSome(cases, next, exchanges);
                return null;
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            for (Future<Void> task : threads.invokeAll(tasks, LONGEST_MINUTES, TimeUnit.MINUTES)) {
                task.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return List.of(exchanges);
    }

    private void sendSome(List<Case> cases, AtomicInteger next, Exchange[] exchanges) throws IOException {
        try (Sender sender = new Sender()) {
            for (int i = next.getAndIncrement(); i < cases.size(); i = next.getAndIncrement()) {
                switch (cases.get(i).kind()) {
                    case RAW -> exchanges[i] = send(cases.get(i));
                    case SHARED -> exchanges[i] = sender.send(cases.get(i));
                    case SLOW -> {
                        // On its way already.
                    }
                }
            }
        }
    }

    /** Sends one case after the other on one connection, as long as the server keeps it open. */
    private final class Sender implements AutoCloseable {

        private Client client = connectApart();

        Sender() throws IOException {}

        private Client connectApart() throws IOException {
            while (true) {
                Client fresh = connect();
                if (!ports.contains(fresh.port())) {
                    return fresh;
                }
                fresh.close();
            }
        }

        Exchange send(Case sent) throws IOException {
            String request = resolve(sent.text());
            if (client.isOpen()) {
                Exchange exchange = new Exchange(sent, client.port(), client.exchange(request));
                if (!exchange.status().equals(Exchange.HUNG_UP)) {
                    return exchange;
                }
                // The server may have closed the connection for the case before; on a new one it is for this one.
            }
            client.close();
            client = connectApart();
            return new Exchange(sent, client.port(), client.exchange(request));
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    @Override
    public void close() throws Exception {
        running.close();
    }
}
