package dev.keystile.nodes;

import dev.keystile.playground.StartRefusedException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What nodes were started with.
 *
 * <p>Immutable.
 *
 * @param count     how many, from 1 to 9
 * @param port      where the first listens, the others on those that follow; 0 for any that are free
 * @param data      the folder of the servers' data
 * @param arguments those of the first node, as of a playground by itself
 * @param store     the URL of a database that is there already
 * @param redis     the URL of a Redis that is there already
 */
record Wanted(int count, int port, Path data, List<String> arguments, Optional<String> store, Optional<String> redis) {

    private static final int MAX_COUNT = 9;
    private static final int DEFAULT_PORT = 8080;
    private static final int MAX_PORT = 65_535;
    private static final List<String> STORES = List.of("jdbc:postgresql:", "jdbc:mariadb:");
    private static final List<String> REDISES =
            List.of("redis://", "rediss://", "redis-sentinel://", "rediss-sentinel://");

    Wanted {
        arguments = List.copyOf(arguments);
    }

    /**
     * Reads it.
     *
     * @param directory what a relative folder is relative to
     * @param home      the folder of this sample
     */
    static Wanted read(List<String> arguments, Map<String, String> environment, Path directory, Path home)
            throws StartRefusedException {
        List<String> others = new ArrayList<>();
        String count = "";
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--nodes")) {
                i++;
                count = i < arguments.size() ? arguments.get(i) : "";
            } else if (argument.startsWith("--nodes=")) {
                count = argument.substring("--nodes=".length());
            } else if (argument.equals("--key") && i + 1 < arguments.size()) {
                others.addAll(arguments.subList(i, i + 2));
                i++;
            } else {
                others.add(argument);
            }
        }
        int nodes = number("--nodes", count, 1, MAX_COUNT);
        String port = value(environment, "PORT");
        return new Wanted(
                nodes,
                port.isEmpty() ? DEFAULT_PORT : number("PORT", port, 0, MAX_PORT + 1 - nodes),
                data(value(environment, "KEYSTILE_DATA"), directory, home),
                others,
                server(environment, "KEYSTILE_STORE", STORES),
                server(environment, "KEYSTILE_REDIS", REDISES));
    }

    private static String value(Map<String, String> environment, String name) {
        return environment.getOrDefault(name, "").strip();
    }

    private static int number(String name, String text, int min, int max) throws StartRefusedException {
        try {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, like a number that is out of bounds.
        }
        throw StartRefusedException.usage(
                name + " = '" + text + "': expected a whole number from " + min + " to " + max);
    }

    private static Path data(String text, Path directory, Path home) throws StartRefusedException {
        try {
            return text.isEmpty()
                    ? home.resolve("target/data").toAbsolutePath().normalize()
                    : directory.resolve(text).toAbsolutePath().normalize();
        } catch (InvalidPathException noPath) {
            throw StartRefusedException.usage("KEYSTILE_DATA = '" + text + "': expected the path of a folder");
        }
    }

    private static Optional<String> server(Map<String, String> environment, String name, List<String> schemes)
            throws StartRefusedException {
        String url = value(environment, name + "_URL");
        if (url.isEmpty()) {
            for (String part : List.of("_USER", "_PASSWORD")) {
                if (!value(environment, name + part).isEmpty()) {
                    throw StartRefusedException.usage(name + part + " is set without " + name + "_URL");
                }
            }
            return Optional.empty();
        }
        if (schemes.stream().noneMatch(url::startsWith)) {
            // Not repeated: it may hold a password.
            throw StartRefusedException.usage(
                    name + "_URL: expected a URL that begins with one of " + String.join(", ", schemes));
        }
        return Optional.of(url);
    }
}
