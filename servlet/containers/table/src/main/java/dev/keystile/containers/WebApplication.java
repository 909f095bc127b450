package dev.keystile.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The application that the table is sent to. Containers that read a web.xml find it in the folder; for the others it says
 * the same in code.
 *
 * @param filters      in the order of the chain
 * @param servlets     by name
 * @param errorPages   by status
 * @param errorPage    for every other status and for exceptions
 * @param welcomeFiles what stands for a folder
 */
public record WebApplication(
        List<MappedFilter> filters,
        List<MappedServlet> servlets,
        Map<Integer, String> errorPages,
        String errorPage,
        List<String> welcomeFiles) {

    /** A filter that is mapped to every path. */
    public record MappedFilter(
            String name,
            Class<? extends Filter> type,
            Map<String, String> parameters,
            Set<DispatcherType> dispatchers) {}

    /** A servlet that supports asynchronous requests. */
    public record MappedServlet(String name, Class<? extends Servlet> type, List<String> patterns) {}

    /** The origin whose scripts may call. */
    static final String ORIGIN = "https://app.example.com";

    static final String PEPPER = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /** What stands in files that no client may read. */
    static final String PRIVATE_TEXT = "TEXT OF A PRIVATE FILE";

    /** What stands in files that a client may read where a rule lets it. */
    static final String FILE_TEXT = "TEXT OF A FILE";

    /** A page for errors that no rule speaks of, and one under a guarded path. */
    static final String UNRULED_ERROR_PAGE = "/error";

    static final String GUARDED_ERROR_PAGE = "/admin/error";

    /** The page for an error that does more than answering. */
    static final String ACTING_ERROR_PAGE = "/public/dispatch";

    /**
     * A mapping for each family of paths. Suffix mappings let a servlet see the paths of every family; what no pattern
     * covers is the container's own default servlet's.
     */
    static final List<String> FAMILIES = List.of(
            "",
            "/admin/*",
            "/items/*",
            "/things/*",
            "/inner/*",
            "/any/*",
            "/me/*",
            "/public/x/*",
            UNRULED_ERROR_PAGE,
            "*.do",
            "*.jsp");

    /** The settings that the judge of the table knows by heart. */
    static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("key.prefixes", "tk_live_ secret live, tk_test_ secret test");
        settings.put("key.hash", "hmac-sha256");
        settings.put("key.pepper", PEPPER);
        settings.put("credentials", "bearer, header x-api-key");
        settings.put("environments", "live");
        settings.put("store.type", "memory");
        settings.put("cors.origins", ORIGIN);
        // The table sends more bad keys than any limit takes, and each is to be judged.
        settings.put("failures.limit", "none");
        settings.put("scopes", "admin:read, admin:write, items:read, any:use");
        settings.put("plans.plenty", "10000000/1m");
        settings.put("default-plan", "plenty");
        settings.put("rules.open", "ANY /public/** public");
        settings.put("rules.root", "GET / public");
        settings.put("rules.admin-read", "GET /admin/** admin:read");
        settings.put("rules.admin-write", "POST,PUT,PATCH,DELETE /admin/** admin:write");
        settings.put("rules.item", "GET /items/{id} items:read");
        settings.put("rules.item-secret", "GET /items/{id}/secret admin:read");
        settings.put("rules.login", "POST /items/login public");
        settings.put("rules.thing", "GET /things/{id} items:read slash=id");
        settings.put("rules.thing-secret", "GET /things/{id}/secret admin:read");
        settings.put("rules.thing-decoded", "GET /things/{id}/** decoded");
        settings.put("rules.inner", "ANY /inner/** internal");
        settings.put("rules.any", "ANY /any/** any:use");
        settings.put("rules.any-options", "GET,OPTIONS /any/options any:use");
        settings.put("rules.me", "ANY /me/** authenticated");
        return settings;
    }

    /**
     * The application behind a filter.
     *
     * @param guard       what stands before everything else
     * @param parameters  of the guard
     * @param dispatchers that the guard is mapped to
     * @param patterns    of the servlet that answers
     */
    static WebApplication behind(
            Class<? extends Filter> guard,
            Map<String, String> parameters,
            Set<DispatcherType> dispatchers,
            List<String> patterns) {
        return new WebApplication(
                List.of(
                        new MappedFilter("watcher", Reach.Watcher.class, Map.of(), EnumSet.of(DispatcherType.REQUEST)),
                        new MappedFilter("guard", guard, parameters, dispatchers),
                        new MappedFilter(
                                "recorder", Reach.Recorder.class, Map.of(), EnumSet.allOf(DispatcherType.class))),
                List.of(
                        new MappedServlet(Handlers.Answering.NAME, Handlers.Answering.class, patterns),
                        new MappedServlet(
                                "acting",
                                Handlers.Acting.class,
                                List.of("/public/dispatch", "/me/dispatch", "/public/throw", "/public/senderror"))),
                Map.of(404, UNRULED_ERROR_PAGE, 409, ACTING_ERROR_PAGE),
                GUARDED_ERROR_PAGE,
                List.of("index.html", "welcome.do"));
    }

    /** Writes the folder that is deployed. */
    void write(Path folder) throws IOException {
        write(folder.resolve("WEB-INF/web.xml"), webXml());
        write(folder.resolve("WEB-INF/secret.txt"), PRIVATE_TEXT);
        write(folder.resolve("META-INF/MANIFEST.MF"), PRIVATE_TEXT);
        write(folder.resolve("static/plain.txt"), FILE_TEXT);
        write(folder.resolve("public/static/plain.txt"), FILE_TEXT);
        write(folder.resolve("public/welcome/index.html"), FILE_TEXT);
        write(folder.resolve("public/servlet-welcome/plain.txt"), FILE_TEXT);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String webXml() {
        StringBuilder xml = new StringBuilder();
        filters.forEach(filter -> xml.append("""
                <filter>
                  <filter-name>%1$s</filter-name>
                  <filter-class>%2$s</filter-class>
                  <async-supported>true</async-supported>
                  %3$s
                </filter>
                <filter-mapping>
                  <filter-name>%1$s</filter-name>
                  <url-pattern>/*</url-pattern>
                  %4$s
                </filter-mapping>
                """.formatted(
                        filter.name(),
                        filter.type().getName(),
                        filter.parameters().entrySet().stream()
                                .map(WebApplication::parameterXml)
                                .collect(Collectors.joining("\n  ")),
                        elements("dispatcher", filter.dispatchers()))));
        servlets.forEach(servlet -> xml.append(
                """
                <servlet>
                  <servlet-name>%1$s</servlet-name>
                  <servlet-class>%2$s</servlet-class>
                  <async-supported>true</async-supported>
                </servlet>
                <servlet-mapping>
                  <servlet-name>%1$s</servlet-name>
                  %3$s
                </servlet-mapping>
                """.formatted(servlet.name(), servlet.type().getName(), elements("url-pattern", servlet.patterns()))));
        xml.append("<welcome-file-list>%s</welcome-file-list>%n".formatted(elements("welcome-file", welcomeFiles)));
        errorPages.forEach((status, page) ->
                xml.append("<error-page><error-code>%d</error-code><location>%s</location></error-page>%n"
                        .formatted(status, page)));
        return """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
                %s<error-page><location>%s</location></error-page>
                </web-app>
                """.formatted(xml, errorPage);
    }

    private static String parameterXml(Map.Entry<String, String> parameter) {
        return "<init-param><param-name>" + parameter.getKey() + "</param-name><param-value>" + parameter.getValue()
                + "</param-value></init-param>";
    }

    private static String elements(String name, Iterable<?> values) {
        StringBuilder xml = new StringBuilder();
        values.forEach(value -> xml.append("<%1$s>%2$s</%1$s>".formatted(name, value)));
        return xml.toString();
    }
}
