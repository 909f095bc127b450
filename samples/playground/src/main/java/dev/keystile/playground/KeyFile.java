package dev.keystile.playground;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The files in which the playground keeps its keys: their owner's alone, where the file system knows owners. */
final class KeyFile {

    /** What H2 makes of {@link Contract#textWithStoreIn}. */
    private static final String NAME = "keys.mv.db";

    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ENTERS = PosixFilePermissions.fromString("rwx------");

    private KeyFile() {}

    /** Writes a file that was not there before, which its owner alone may read, in a folder that is made where it is not there. */
    static void writeNew(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " has no folder");
        }
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ENTERS));
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
        } else {
            Files.createDirectories(folder);
            Files.createFile(file);
        }
        Files.writeString(file, text);
    }

    /**
     * Makes folder and file, where they are not there yet, before the database would make them as open as any file. A file of
     * an earlier start is closed to others; a folder that is there stays as it is.
     */
    static void prepareIn(Path folder) throws IOException {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(folder);
            return;
        }
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ENTERS));
        Path file = folder.resolve(NAME);
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
        } catch (FileAlreadyExistsException ofAnEarlierStart) {
            Files.setPosixFilePermissions(file, OWNER);
        }
    }
}
