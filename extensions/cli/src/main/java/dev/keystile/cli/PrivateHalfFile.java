package dev.keystile.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The new file into which the private half of a pair goes: its owner's alone, where the file system knows owners. It is made
 * before there is a pair, so that nothing that can fail stands between the two. Not safe for use by many threads.
 */
final class PrivateHalfFile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PrivateHalfFile.class);

    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");

    private final Path made;
    private final boolean named;
    private boolean written;

    private PrivateHalfFile(Path made, boolean named) {
        this.made = made;
        this.named = named;
    }

    /** A file of this name, or in this folder one that gets its name from the key. */
    static PrivateHalfFile at(Path out) {
        FileAttribute<?>[] attributes =
                out.getFileSystem().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER)}
                        : new FileAttribute<?>[0];
        try {
            return Files.isDirectory(out)
                    ? new PrivateHalfFile(Files.createTempFile(out, "AuthKey_", ".part", attributes), false)
                    : new PrivateHalfFile(Files.createFile(out, attributes), true);
        } catch (FileAlreadyExistsException there) {
            throw CommandFailure.usage("--out: " + out + " is there already: expected a new file, or a folder");
        } catch (IOException unwritable) {
            throw CommandFailure.usage("--out: " + out + " cannot be written: " + unwritable.getMessage());
        }
    }

    /** Writes it, and gives its path. */
    Path write(String privateHalf, String name) throws IOException {
        Files.writeString(made, privateHalf);
        written = true;
        return named ? made : Files.move(made, made.resolveSibling(name));
    }

    /** Leaves no file behind that nothing was written into. */
    @Override
    public void close() {
        try {
            if (!written) {
                Files.deleteIfExists(made);
            }
        } catch (IOException stays) {
            LOG.debug("an empty file stays", stays);
        }
    }
}
