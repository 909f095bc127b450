package dev.keystile.servlet;

import jakarta.servlet.ServletException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** An application on a real container in a JVM of its own: starts with a hasher, and prints why the filter did not. */
final class StartedElsewhere {

    private StartedElsewhere() {}

    /** @param arguments a folder for the application, and what {@code key.hash} is to be */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> settings = new LinkedHashMap<>(TestApplication.settings());
        settings.put("key.hash", arguments[1]);
        settings.put("key.pepper", "a pepper of at least 32 bytes, for tests");
        try (TestApplication application =
                TestApplication.start(Path.of(arguments[0]), settings, Map.of("/*", new Empty()))) {
            String key = application.issue("items:read").revealOnce();
            System.out.println(application
                    .get("/items/1", "Authorization", "Bearer " + key)
                    .statusCode());
            System.out.println(application.get("/items/1").statusCode());
        } catch (ServletException refused) {
            System.out.println(refused.getMessage());
        }
        // Jetty's threads need not end by themselves.
        System.exit(0);
    }
}
