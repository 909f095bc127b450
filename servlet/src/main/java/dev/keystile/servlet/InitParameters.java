package dev.keystile.servlet;

import dev.keystile.config.Settings;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings of a filter: its init-params, and the file that one of them may name. */
final class InitParameters {

    private static final String CONFIG = "config";
    private static final String CLASS_PATH = "classpath:";

    private InitParameters() {}

    static Settings read(FilterConfig config) throws ServletException {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String name : Collections.list(config.getInitParameterNames())) {
            // web.xml is broken into lines to be read; a value is one line.
            parameters.put(name, config.getInitParameter(name).strip().replaceAll("\\s*\\R\\s*", " "));
        }
        String file = parameters.remove(CONFIG);
        if (file == null && parameters.isEmpty()) {
            throw new ServletException("filter '" + config.getFilterName() + "' has no configuration: expected one"
                    + " init-param for each setting, or one named config that names a properties file, such as"
                    + " /WEB-INF/keystile.properties");
        }
        return file == null
                ? Settings.of(parameters)
                : readFile(config, file.strip()).and(parameters);
    }

    private static Settings readFile(FilterConfig config, String name) throws ServletException {
        String what = "filter '" + config.getFilterName() + "': config = '" + name + "': ";
        try (InputStream stream = open(config.getServletContext(), name)) {
            if (stream == null) {
                throw new ServletException(
                        what + "there is no such file; expected /WEB-INF/… for one of the application,"
                                + " classpath:… or a path of the file system");
            }
            return Settings.read(new InputStreamReader(stream, StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new ServletException(what + "it cannot be read: " + unreadable, unreadable);
        }
    }

    private static @Nullable InputStream open(ServletContext context, String name) throws IOException {
        if (name.startsWith("/WEB-INF/")) {
            return context.getResourceAsStream(name);
        }
        if (name.startsWith(CLASS_PATH)) {
            return context.getClassLoader().getResourceAsStream(name.substring(CLASS_PATH.length()));
        }
        Path path = Path.of(name);
        return Files.isRegularFile(path) ? Files.newInputStream(path) : null;
    }
}
