package dev.keystile.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --out}, of commands that make pairs. */
final class OutOption {

    @Option(
            names = "--out",
            paramLabel = "<file>",
            description =
                    "Of a key that signs: writes the private half into this new file, or into AuthKey_<key id>.p8 in"
                            + " this folder, for you alone to read. To standard output, unless given.")
    private Optional<Path> out = Optional.empty();

    /** The file, made; none if it is not asked for. */
    Optional<PrivateHalfFile> file(boolean signs) {
        if (out.isPresent() && !signs) {
            throw CommandFailure.usage("--out: is for keys that sign, and this one is shown");
        }
        return out.map(PrivateHalfFile::at);
    }
}
