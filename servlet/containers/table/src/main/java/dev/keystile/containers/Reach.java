package dev.keystile.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One time that something behind the filter ran, as it saw the request itself.
 *
 * @param port    the client's, which tells the connection
 * @param number  of the case, as its header says; -1 without that header
 * @param path    servlet path and path info; of an included resource its own
 * @param user    the name of the principal, or {@link #NOBODY}
 * @param asked   the method that a preflight asks leave for; empty if it is none, or none that may pass
 * @param handler whether it was a servlet of the application; otherwise it was the chain behind the filter
 */
record Reach(
        int port,
        int number,
        DispatcherType type,
        String method,
        String path,
        String user,
        String asked,
        boolean handler) {

    static final String NOBODY = "nobody";
    static final String NUMBER_HEADER = "X-Case";

    private static final String REACHES = "table.reaches";
    private static final String FAILURES = "table.failures";
    private static final String PASSED = "table.passed";
    private static final Pattern BLANK = Pattern.compile("[ \\t]");

    /** Those of an application, in the order in which they happened. */
    static Queue<Reach> in(ServletContext context) {
        return queue(context, REACHES);
    }

    /** What the filter threw where nothing behind it was reached. */
    static Queue<String> failuresIn(ServletContext context) {
        return queue(context, FAILURES);
    }

    @SuppressWarnings("unchecked")
    private static synchronized <T> Queue<T> queue(ServletContext context, String name) {
        Object queue = context.getAttribute(name);
        if (queue == null) {
            queue = new ConcurrentLinkedQueue<T>();
            context.setAttribute(name, queue);
        }
        return (Queue<T>) queue;
    }

    /** Records that a handler was reached. */
    static void ofHandler(HttpServletRequest request) {
        record(request, true);
    }

    private static void record(HttpServletRequest request, boolean handler) {
        String number = request.getHeader(NUMBER_HEADER);
        in(request.getServletContext())
                .add(new Reach(
                        request.getRemotePort(),
                        number == null ? -1 : Integer.parseInt(number),
                        request.getDispatcherType(),
                        request.getMethod(),
                        path(request),
                        user(request),
                        asked(request),
                        handler));
    }

    /** A preflight has both its headers once, comes from the origin that the application names, and has no key. */
    private static String asked(HttpServletRequest request) {
        List<String> methods = Collections.list(request.getHeaders("Access-Control-Request-Method"));
        boolean preflight = request.getMethod().equals("OPTIONS")
                && methods.size() == 1
                && Collections.list(request.getHeaders("Origin")).equals(List.of(WebApplication.ORIGIN))
                && Collections.list(request.getHeaders("X-Api-Key")).stream().allMatch(String::isBlank)
                && Collections.list(request.getHeaders("Authorization")).stream()
                        .noneMatch(value -> BLANK.split(value.strip(), 2)[0].equalsIgnoreCase("Bearer"));
        return preflight ? methods.get(0) : "";
    }

    private static String user(HttpServletRequest request) {
        String remoteUser = request.getRemoteUser();
        return request.getUserPrincipal() != null
                ? request.getUserPrincipal().getName()
                : remoteUser != null ? remoteUser : NOBODY;
    }

    /** An included handler finds its own path in attributes, where the request still shows the including one. */
    private static String path(HttpServletRequest request) {
        boolean included = request.getDispatcherType() == DispatcherType.INCLUDE
                && request.getAttribute(RequestDispatcher.INCLUDE_REQUEST_URI) != null;
        return included
                ? text(request.getAttribute(RequestDispatcher.INCLUDE_SERVLET_PATH))
                        + text(request.getAttribute(RequestDispatcher.INCLUDE_PATH_INFO))
                : text(request.getServletPath()) + text(request.getPathInfo());
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /** Dispatcher and path. */
    String where() {
        return Escapes.printable(type + " " + path);
    }

    /** Without control characters, which hostile paths like and reports do not. */
    @Override
    public String toString() {
        return Escapes.printable(
                type + " " + method + " " + path + " as " + user + (asked.isEmpty() ? "" : ", asking for " + asked));
    }

    /** Stands behind the filter, so that what the container's own servlets are given is recorded too. */
    public static final class Recorder implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            request.setAttribute(PASSED, true);
            record((HttpServletRequest) request, false);
            chain.doFilter(request, response);
        }
    }

    /** Stands before the filter, which is to answer and never to throw where the application has not run yet. */
    public static final class Watcher implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            try {
                chain.doFilter(request, response);
            } catch (IOException | ServletException | RuntimeException failure) {
                if (request.getAttribute(PASSED) == null && isOfTheFilter(failure)) {
                    failuresIn(request.getServletContext())
                            .add("threw " + failure + ": " + Arrays.toString(failure.getStackTrace()));
                }
                throw failure;
            }
        }

        /** What a container throws where it cannot write an answer is its own affair. */
        private static boolean isOfTheFilter(Exception failure) {
            return Arrays.stream(failure.getStackTrace())
                    .map(StackTraceElement::getClassName)
                    .filter(name -> !name.startsWith("java.") && !name.startsWith("sun.") && !name.startsWith("jdk."))
                    .findFirst()
                    .filter(name -> name.startsWith("dev.keystile."))
                    .isPresent();
        }
    }
}
