package dev.keystile.playground;

import dev.keystile.Keystile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Playgrounds that serve one contract over one database and one Redis, each a process of its own. The first of them issues
 * the keys and tells of them. {@code samples/run --nodes} starts them, and says in the environment what each has to know.
 *
 * <p>Immutable.
 *
 * @param ports where they listen, one port beside the other
 * @param shell the command that manages keys from a shell
 * @param given which of {@link #SERVERS} are set
 */
record Nodes(List<Integer> ports, String shell, Set<String> given) {

    /** The ports of all, separated by commas. */
    static final String PORTS = "PLAYGROUND_NODES";

    /** The path of the command that manages keys. */
    static final String SHELL = "PLAYGROUND_SHELL";

    /** What may be said of the servers in the environment, and the setting that it becomes. */
    private static final Map<String, String> SERVERS = Map.of(
            "KEYSTILE_STORE_URL", "store.url",
            "KEYSTILE_STORE_USER", "store.user",
            "KEYSTILE_STORE_PASSWORD", "store.password",
            "KEYSTILE_REDIS_URL", "redis.url",
            "KEYSTILE_REDIS_USER", "redis.user",
            "KEYSTILE_REDIS_PASSWORD", "redis.password");

    /** What belongs to servers that are not these. */
    private static final Set<String> OF_OTHER_SERVERS =
            Set.of("limiter.type", "limiter.nodes", "redis.url", "redis.user", "redis.password", "redis.cluster");

    Nodes {
        ports = List.copyOf(ports);
        given = Set.copyOf(given);
    }

    /** Those of an environment; none in that of a playground by itself. */
    static Optional<Nodes> read(Map<String, String> environment) {
        String ports = environment.getOrDefault(PORTS, "");
        if (ports.isEmpty()) {
            return Optional.empty();
        }
        Set<String> given = new TreeSet<>(SERVERS.keySet());
        given.removeIf(name -> environment.getOrDefault(name, "").isBlank());
        return Optional.of(new Nodes(
                Arrays.stream(ports.split(",", -1)).map(Integer::valueOf).toList(),
                environment.getOrDefault(SHELL, "keystile"),
                given));
    }

    /** Whether a line of a settings file is of what all nodes have to share. */
    static boolean isOfServers(String line) {
        return Contract.isOfStore(line) || OF_OTHER_SERVERS.stream().anyMatch(line::startsWith);
    }

    /** The servers that they share, as a settings file says it: by variables, so that no password is written down. */
    String settings() {
        StringBuilder settings = new StringBuilder("store.type = jdbc\nlimiter.type = redis\nlimiter.nodes = ")
                .append(ports.size())
                .append('\n');
        for (String name : new TreeSet<>(given)) {
            settings.append(SERVERS.get(name)).append(" = ${").append(name).append("}\n");
        }
        return settings.toString();
    }

    boolean isFirst(int port) {
        return ports.get(0) == port;
    }

    /**
     * Commands to paste, which show that they are one.
     *
     * @param shared  a key that nothing else uses
     * @param revoked another, which the commands revoke
     */
    List<String> commands(Keystile keystile, HeldKey shared, HeldKey revoked) {
        CurlLines each = new CurlLines("http://localhost:" + globbed(), keystile);
        List<String> commands = new ArrayList<>();
        each.limitedOver(shared, ports.size()).ifPresent(line -> {
            commands.add("# One plan over all nodes: together they admit what one node alone would.");
            commands.add(line);
        });
        Optional<String> opened = each.status(revoked, 200);
        Optional<String> refused = each.status(revoked, 401);
        if (opened.isPresent() && refused.isPresent()) {
            commands.add(
                    "# One revocation for all nodes, within 2 seconds: from a shell, or in the console of any of them.");
            commands.add(opened.get());
            commands.add("'" + shell + "' revoke " + revoked.key().id() + " --yes");
            commands.add("sleep 2; " + refused.get());
        }
        return commands;
    }

    /** As curl takes several: one after the other. */
    private String globbed() {
        return ports.size() == 1 ? "" + ports.get(0) : "[" + ports.get(0) + "-" + ports.get(ports.size() - 1) + "]";
    }
}
