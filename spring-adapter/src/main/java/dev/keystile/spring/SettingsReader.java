package dev.keystile.spring;

import dev.keystile.config.Settings;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.web.context.WebApplicationContext;

/** Where the settings of an application stand: a bean of them, which Spring Boot's configuration makes, or else a file. */
final class SettingsReader {

    /** What comes before each name in Spring. */
    static final String PREFIX = "keystile.";

    /** The name of the bean that the JDBC store uses: a setting of this adapter, and of no store. */
    static final String DATA_SOURCE = "store.data-source";

    private static final String FILE = "/WEB-INF/keystile.properties";

    private SettingsReader() {}

    static Settings read(WebApplicationContext context) {
        return context.getBeanProvider(Settings.class)
                .getIfAvailable(() -> read(context.getServletContext())
                        .overriddenBy(
                                context.getEnvironment() instanceof ConfigurableEnvironment environment
                                        ? read(environment)
                                        : Map.of()));
    }

    private static Settings read(@Nullable ServletContext context) {
        try (InputStream file = context == null ? null : context.getResourceAsStream(FILE)) {
            return file == null
                    ? Settings.of(Map.of())
                    : Settings.read(new InputStreamReader(file, StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(FILE + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private static Map<String, String> read(ConfigurableEnvironment environment) {
        Map<String, String> values = new LinkedHashMap<>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> listed) {
                for (String name : listed.getPropertyNames()) {
                    if (name.startsWith(PREFIX) && !name.equals(PREFIX + DATA_SOURCE)) {
                        values.put(name.substring(PREFIX.length()), environment.getProperty(name, ""));
                    }
                }
            }
        }
        return values;
    }
}
