package dev.keystile.containers;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The whole table, as it went on one container. */
final class Run {

    /** What no client may ever read, whichever way it asks. */
    private static final List<String> PRIVATE_TEXTS =
            List.of(WebApplication.PRIVATE_TEXT, "<web-app", WebApplication.PEPPER);

    /** The start of a key is enough: an answer that cuts a long one short still gives it away. */
    private static final Pattern MADE_UP_KEY = Pattern.compile("tk_live_NOTAREALKEY");

    private final Site site;
    private final Judge judge;
    private final List<Exchange> exchanges;
    private final Map<Integer, List<Reach>> reachesByNumber = new HashMap<>();
    private final Map<Integer, List<Reach>> reachesByPort = new HashMap<>();

    Run(Site site, List<Exchange> exchanges) {
        this.site = site;
        this.judge = site.judge();
        this.exchanges = exchanges;
        site.reaches()
                .forEach(reach -> (reach.number() < 0 ? reachesByPort : reachesByNumber)
                        .computeIfAbsent(reach.number() < 0 ? reach.port() : reach.number(), it -> new ArrayList<>())
                        .add(reach));
    }

    private List<Reach> reaches(Exchange exchange) {
        return exchange.sent().isNumbered()
                ? reachesByNumber.getOrDefault(exchange.sent().number(), List.of())
                : reachesByPort.getOrDefault(exchange.port(), List.of());
    }

    /** Everything that should not have happened. */
    List<String> findings() {
        List<String> findings = new ArrayList<>(site.failures());
        int attributed = 0;
        for (Exchange exchange : exchanges) {
            List<Reach> reaches = reaches(exchange);
            attributed += reaches.size();
            addFindings(findings, exchange, reaches);
        }
        if (attributed != site.reaches().size()) {
            findings.add((site.reaches().size() - attributed) + " reaches that no case accounts for");
        }
        return findings;
    }

    /** How often something was reached, such as {@code REQUEST GET /admin/x}. */
    long reached(String what) {
        return site.reaches().stream()
                .filter(reach -> reach.toString().startsWith(what + " as "))
                .count();
    }

    private void addFindings(List<String> findings, Exchange exchange, List<Reach> reaches) {
        for (Reach reach : reaches) {
            judge.objection(reach, exchange.sent().caller())
                    .ifPresent(objection -> findings.add("reached " + reach + ": " + objection + ", by " + exchange));
        }
        String text = exchange.text();
        long handlers = reaches.stream().filter(Reach::handler).count();
        if (occurrences(Handlers.REACHED, text) > handlers) {
            findings.add("an answer of a handler nobody recorded, by " + exchange);
        }
        if (occurrences(WebApplication.FILE_TEXT, text) > reaches.size()) {
            findings.add("a file that did not pass the filter, by " + exchange);
        }
        boolean shownByApplication = reaches.stream().anyMatch(it -> it.path().startsWith("/WEB-INF/"));
        PRIVATE_TEXTS.stream()
                .filter(secret -> !shownByApplication && text.contains(secret))
                .forEach(secret -> findings.add("'" + secret + "' read, by " + exchange));
        if (site.holdsKey(text)
                || (text.contains("tk_") && MADE_UP_KEY.matcher(text).find())) {
            findings.add("a key is repeated, by " + exchange);
        }
        if (exchange.response().isEmpty()) {
            findings.add("no end of answer within " + Client.TIMEOUT_MILLIS + " ms, by " + exchange);
        }
    }

    private static int occurrences(String text, String response) {
        return response.contains(text) ? response.split(Pattern.quote(text), -1).length - 1 : 0;
    }

    /** Leaves a line for each cell below {@code target/}, and a summary on the console. */
    void write(String container, String contextPath, String setup) throws IOException {
        StringBuilder lines = new StringBuilder("answered by\tstatus\tcaller\treached\trequest\n");
        for (Exchange exchange : exchanges) {
            lines.append(exchange.answeredBy(reaches(exchange))).append('\t');
            lines.append(exchange.status()).append('\t');
            lines.append(exchange.sent().caller()).append('\t');
            lines.append(reaches(exchange)).append('\t');
            lines.append(exchange.sent().text()).append('\n');
        }
        String name = (container + " " + (contextPath.isEmpty() ? "root" : contextPath.substring(1)) + " " + setup)
                .replaceAll("[^A-Za-z0-9.]+", "-");
        Path file = Path.of("target", "table", name + ".tsv");
        Files.createDirectories(file.getParent());
        Files.writeString(file, lines);

        Map<String, Long> counts = exchanges.stream()
                .collect(groupingBy(it -> it.answeredBy(reaches(it)) + " " + it.status(), TreeMap::new, counting()));
        System.out.printf(
                "%s, context path \"%s\", %s: %d cases %s%n", container, contextPath, setup, exchanges.size(), counts);
    }
}
