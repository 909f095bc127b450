package dev.keystile.spring;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.ConfigurableWebApplicationContext;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;

/** What stands before the paths of mappings, for the servlet that serves them is not mapped to all of the application. */
final class ServletPaths {

    private static final String BELOW = "/*";

    private ServletPaths() {}

    /** For each path under which the context's servlet is mapped, {@code /api} for {@code /api/*}; one that is empty else. */
    static List<String> of(WebApplicationContext context) {
        Set<String> paths = new LinkedHashSet<>();
        registrations(context).forEach((name, servlet) -> {
            if (isOf(context, name) && isDispatcher(context, servlet)) {
                servlet.getMappings().forEach(mapping -> paths.add(path(mapping)));
            }
        });
        if (paths.isEmpty()) {
            String path = context.getEnvironment().getProperty("spring.mvc.servlet.path", "/");
            paths.add(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
        }
        return List.copyOf(paths);
    }

    private static Map<String, ? extends ServletRegistration> registrations(WebApplicationContext context) {
        ServletContext servletContext = context.getServletContext();
        if (servletContext == null) {
            return Map.of();
        }
        try {
            return servletContext.getServletRegistrations();
        } catch (UnsupportedOperationException notFromHere) {
            // Some listeners may not ask.
            return Map.of();
        }
    }

    /** The context of one servlet knows its name; that of the whole application serves all of them. */
    private static boolean isOf(WebApplicationContext context, String servlet) {
        return !(context instanceof ConfigurableWebApplicationContext configurable)
                || configurable.getServletConfig() == null
                || servlet.equals(configurable.getServletConfig().getServletName());
    }

    private static boolean isDispatcher(WebApplicationContext context, ServletRegistration servlet) {
        String name = servlet.getClassName();
        if (name == null) {
            return false;
        }
        try {
            return DispatcherServlet.class.isAssignableFrom(ClassUtils.forName(name, context.getClassLoader()));
        } catch (ClassNotFoundException | LinkageError unknown) {
            return false;
        }
    }

    private static String path(String mapping) {
        return mapping.endsWith(BELOW) ? mapping.substring(0, mapping.length() - BELOW.length()) : "";
    }
}
