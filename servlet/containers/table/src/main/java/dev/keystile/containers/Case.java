package dev.keystile.containers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One cell of the table: a request, and whose rights it may have at most.
 *
 * @param number  tells the cell from others; the request carries it where it is not raw
 * @param text    the whole request, with escapes
 * @param kind    how it is sent
 */
record Case(int number, Caller caller, String text, Kind kind) {

    /** How a case is sent. */
    enum Kind {
        /** On a connection of its own, up to the end of what the server says. */
        RAW,
        /** On a connection that other cases use before and after. */
        SHARED,
        /** As {@link #RAW}, beside all others: the container waits for a clock. */
        SLOW
    }

    /** A folder with more lines for any of the files, besides those that are here. */
    private static final String MORE = System.getProperty("keystile.table.more", "");

    private static final Pattern BAR = Pattern.compile(Pattern.quote(" || "));
    /** An escape that is the same in every run, or a character that means something in a query. */
    private static final Pattern ENCODABLE = Pattern.compile("\\\\x[0-9A-Fa-f]{2}|\\\\\\\\|[^A-Za-z0-9/.\\\\]");

    private static final String LINE_END = "\\r\\n";

    /** Stands before a line that is crossed with more than others. */
    private static final String MARK = "+ ";

    /** All there are. */
    static List<Case> all() {
        Table table = new Table();
        lines("requests.txt").forEach(table::addRequest);
        table.addTargets(
                lines("targets.txt"),
                lines("methods.txt"),
                lines("headers.txt").stream().map(HeaderForm::of).toList());
        table.addDispatches(lines("dispatches.txt"));
        table.addPreflights(lines("preflights.txt"), lines("targets.txt"), lines("dispatches.txt"));
        return List.copyOf(table.cases);
    }

    /** Whether the request says its number itself. */
    boolean isNumbered() {
        return text.contains(Reach.NUMBER_HEADER);
    }

    /** Those that differ in their target alone. */
    static List<Case> targets() {
        Table table = new Table();
        table.addTargets(lines("targets.txt").stream().map(Case::unmarked).toList(), List.of(), List.of());
        return List.copyOf(table.cases);
    }

    /** A case outside the table, in the short or the raw form of {@code requests.txt}. */
    static Case of(String request) {
        return new Case(-1, Caller.NOBODY, whole(request), Kind.RAW);
    }

    private static String whole(String request) {
        if (request.startsWith("= ")) {
            return request.substring(2);
        }
        List<String> parts = Arrays.asList(BAR.split(request));
        int space = parts.get(0).indexOf(' ');
        boolean left = request.contains("\\C") || request.contains("\\!");
        String target = parts.get(0).substring(space + 1);
        return parts.get(0).substring(0, space + 1)
                + (left ? target : Escapes.withContextPath(target))
                + head(parts.subList(1, parts.size()))
                + "Connection: close" + LINE_END + LINE_END;
    }

    /** What follows the target, up to the header that a case adds. */
    private static String head(List<String> headers) {
        return Stream.concat(Stream.of(" HTTP/1.1", "Host: localhost"), headers.stream())
                .map(line -> line + LINE_END)
                .collect(Collectors.joining());
    }

    private record HeaderForm(Caller caller, List<String> lines) {

        static HeaderForm of(String line) {
            List<String> parts = Arrays.asList(BAR.split(line));
            return new HeaderForm(
                    Caller.valueOf(parts.get(0).toUpperCase(Locale.ROOT)), parts.subList(1, parts.size()));
        }
    }

    private static boolean isMarked(String line) {
        return line.startsWith(MARK);
    }

    private static String unmarked(String line) {
        return isMarked(line) ? line.substring(MARK.length()) : line;
    }

    /** The lines of a file of the table, without its comments. */
    static List<String> lines(String file) {
        List<String> lines = new ArrayList<>();
        try (InputStream own = Case.class.getResourceAsStream(file)) {
            if (own == null) {
                throw new IllegalStateException("there is no " + file);
            }
            addLines(lines, own);
            Path more = Path.of(MORE, file);
            if (!MORE.isEmpty() && Files.exists(more)) {
                try (InputStream others = Files.newInputStream(more)) {
                    addLines(lines, others);
                }
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return lines;
    }

    private static void addLines(List<String> lines, InputStream file) {
        new BufferedReader(new InputStreamReader(file, UTF_8))
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .forEach(lines::add);
    }

    /** Numbers the cells. */
    private static final class Table {

        private final List<Case> cases = new ArrayList<>();

        void addRequest(String line) {
            cases.add(new Case(cases.size(), Caller.NOBODY, whole(line), Kind.RAW));
        }

        void addTargets(List<String> targets, List<String> methods, List<HeaderForm> forms) {
            for (String line : targets) {
                String target = Escapes.withContextPath(unmarked(line));
                if (isMarked(line)) {
                    methods.forEach(method ->
                            forms.forEach(form -> add(form.caller(), method, target, form.lines(), Kind.SHARED)));
                } else {
                    for (Caller caller : Caller.values()) {
                        add(caller, "GET", target, Kind.SHARED);
                    }
                    add(Caller.ALL, "POST", target, Kind.SHARED);
                }
            }
        }

        void addDispatches(List<String> lines) {
            for (String from : values(lines, "from")) {
                dispatching(from, lines).forEach(target -> addActing(target, "GET", "POST"));
                values(lines, "do").forEach(what -> addActing(acting(from, what), "GET", "HEAD", "POST"));
                for (String query : values(lines, "slow")) {
                    add(Caller.ALL, "GET", acting(from, query), Kind.SLOW);
                }
            }
        }

        private void addActing(String target, String... methods) {
            for (Caller caller : List.of(Caller.NOBODY, Caller.ITEMS, Caller.ALL)) {
                for (String method : methods) {
                    add(caller, method, target, Kind.SHARED);
                }
            }
        }

        /** Each way to get to another path, with each path. */
        private static Stream<String> dispatching(String from, List<String> lines) {
            return values(lines, "dispatch").stream()
                    .flatMap(how -> values(lines, "to").stream().map(to -> acting(from, how + "&to=" + to)));
        }

        void addPreflights(List<String> preflights, List<String> targets, List<String> dispatches) {
            for (String line : preflights) {
                HeaderForm form = HeaderForm.of(unmarked(line));
                targets.stream()
                        .filter(target -> isMarked(line) || isMarked(target))
                        .map(target -> Escapes.withContextPath(unmarked(target)))
                        .forEach(target -> addPreflight(form, target));
                if (isMarked(line)) {
                    for (String from : values(dispatches, "from")) {
                        dispatching(from, dispatches).forEach(target -> addPreflight(form, target));
                        values(dispatches, "do").forEach(what -> addPreflight(form, acting(from, what)));
                    }
                }
            }
        }

        private void addPreflight(HeaderForm form, String target) {
            add(form.caller(), "OPTIONS", target, form.lines(), Kind.SHARED);
        }

        private static List<String> values(List<String> lines, String word) {
            return lines.stream()
                    .filter(line -> line.startsWith(word + " "))
                    .map(line -> line.substring(word.length() + 1))
                    .toList();
        }

        /** The target of a handler that does what the query says; a path in it arrives as it stands in the file. */
        private static String acting(String from, String query) {
            int to = query.indexOf("&to=");
            return "\\C" + from + "/dispatch?how="
                    + (to < 0 ? query : query.substring(0, to + 4) + encoded(query.substring(to + 4)));
        }

        /** Percent-encoded but for the escapes that depend on the run. */
        private static String encoded(String path) {
            return ENCODABLE.matcher(path).replaceAll(match -> {
                String text = match.group();
                return text.startsWith("\\x")
                        ? "%" + text.substring(2)
                        : URLEncoder.encode(text.equals("\\\\") ? "\\" : text, UTF_8);
            });
        }

        private void add(Caller caller, String method, String target, Kind kind) {
            add(caller, method, target, caller == Caller.NOBODY ? List.of() : List.of(caller.header()), kind);
        }

        private void add(Caller caller, String method, String target, List<String> headers, Kind kind) {
            int number = cases.size();
            // What a lenient server takes for HEAD has no body, and what a strict one does not has one.
            boolean perhapsHead = method.equalsIgnoreCase("HEAD") && !method.equals("HEAD");
            Kind safe = perhapsHead ? Kind.RAW : kind;
            String text = method + " " + target + head(headers) + Reach.NUMBER_HEADER + ": " + number + LINE_END
                    + (safe == Kind.SHARED ? "" : "Connection: close" + LINE_END) + LINE_END;
            cases.add(new Case(number, caller, text, safe));
        }
    }
}
