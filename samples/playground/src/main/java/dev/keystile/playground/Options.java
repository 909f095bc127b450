package dev.keystile.playground;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the playground was started with.
 *
 * <p>Immutable.
 *
 * @param contract  the name of a sample contract, or the path of a settings file
 * @param keys      keys to issue besides those of every start
 * @param port      where to listen; 0 for any port that is free
 * @param data      the folder of the keys; none to keep them where the contract says
 * @param directory what relative paths are relative to
 * @param nodes     the nodes that it is one of, with a folder in data; none for a playground by itself
 */
record Options(
        String contract, List<WantedKey> keys, int port, Optional<Path> data, Path directory, Optional<Nodes> nodes) {

    private static final String DEFAULT_CONTRACT = "revkeen";
    private static final int DEFAULT_PORT = 8080;
    private static final int MAX_PORT = 65_535;

    Options {
        keys = List.copyOf(keys);
    }

    /**
     * Reads them.
     *
     * @param arguments   {@code [contract] [--key "…"]…}
     * @param environment {@code PORT} and {@code KEYSTILE_DATA} count where they are not blank
     */
    static Options read(List<String> arguments, Map<String, String> environment, Path directory)
            throws StartRefusedException {
        List<String> contracts = new ArrayList<>();
        List<WantedKey> keys = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--key")) {
                i++;
                keys.add(WantedKey.parse(i < arguments.size() ? arguments.get(i) : ""));
            } else if (argument.startsWith("--key=")) {
                keys.add(WantedKey.parse(argument.substring("--key=".length())));
            } else if (argument.startsWith("-")) {
                throw StartRefusedException.usage("unknown option '" + argument
                        + "': expected [contract] [--key \"<name> <environment>" + " <scope,scope> [<plan>]\"]…");
            } else {
                contracts.add(argument);
            }
        }
        if (contracts.size() > 1) {
            throw StartRefusedException.usage("expected one contract, got " + contracts);
        }
        return new Options(
                contracts.isEmpty() ? DEFAULT_CONTRACT : contracts.get(0),
                keys,
                port(environment.getOrDefault("PORT", "").strip()),
                data(environment.getOrDefault("KEYSTILE_DATA", "").strip(), directory),
                directory,
                Nodes.read(environment));
    }

    private static int port(String text) throws StartRefusedException {
        if (text.isEmpty()) {
            return DEFAULT_PORT;
        }
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, like a number that is out of bounds.
        }
        throw StartRefusedException.usage("PORT = '" + text + "': expected a whole number from 0 to " + MAX_PORT);
    }

    private static Optional<Path> data(String text, Path directory) throws StartRefusedException {
        try {
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(directory.resolve(text).toAbsolutePath().normalize());
        } catch (InvalidPathException noPath) {
            throw StartRefusedException.usage("KEYSTILE_DATA = '" + text + "': expected the path of a folder");
        }
    }
}
