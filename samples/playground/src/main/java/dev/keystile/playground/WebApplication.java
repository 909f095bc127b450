package dev.keystile.playground;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A web application as a folder: {@code WEB-INF/web.xml} and {@code WEB-INF/keystile.properties}. The folder is
 * temporary and its owner's alone, for settings may hold passwords; closing deletes it.
 *
 * @param folder its base
 */
record WebApplication(Path folder) implements AutoCloseable {

    static WebApplication write(String settings) throws IOException {
        WebApplication application = new WebApplication(Files.createTempDirectory("keystile-playground"));
        try {
            Path webInf = Files.createDirectory(application.folder.resolve("WEB-INF"));
            try (InputStream descriptor = WebApplication.class.getResourceAsStream("web.xml")) {
                if (descriptor == null) {
                    throw new IOException("web.xml is missing on the class path");
                }
                Files.copy(descriptor, webInf.resolve("web.xml"));
            }
            Files.writeString(webInf.resolve("keystile.properties"), settings);
            return application;
        } catch (IOException failure) {
            application.close();
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
