package dev.keystile.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a run measures, and how long.
 *
 * @param rows            the lines of the table
 * @param contenders      who is measured
 * @param turns           how often each is
 * @param warmups         iterations before the measured ones
 * @param iterations      iterations that are measured
 * @param iterationMillis how long one takes
 * @param cpuTime         whether the CPU time of threads counts, instead of the clock
 * @param update          the file whose table is to be replaced
 */
record Schedule(
        List<Row> rows,
        List<Contender.Kind> contenders,
        int turns,
        int warmups,
        int iterations,
        int iterationMillis,
        boolean cpuTime,
        Optional<Path> update) {

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException if it says something unknown
     */
    static Schedule of(List<String> arguments) {
        Map<String, String> options = options(arguments);
        boolean quick = options.containsKey("--quick");
        List<Row> rows = new ArrayList<>();
        for (Answer answer : list(options, "--answers", Answer.values(), Answer::word)) {
            for (int keys : numbers(options, "--keys", quick ? "100" : "1,10000")) {
                for (int threads : numbers(options, "--threads", quick ? "1" : "1,2")) {
                    rows.add(new Row(answer, keys, threads));
                }
            }
        }
        return new Schedule(
                rows,
                list(options, "--contenders", Contender.Kind.values(), Contender.Kind::word),
                numbers(options, "--turns", quick ? "1" : "3").get(0),
                quick ? 1 : 5,
                quick ? 1 : 5,
                quick ? 100 : 500,
                options.containsKey("--cpu-time"),
                Optional.ofNullable(options.get("--update")).map(Path::of));
    }

    private static Map<String, String> options(List<String> arguments) {
        List<String> flags = List.of("--quick", "--cpu-time");
        List<String> valued = List.of("--answers", "--keys", "--threads", "--contenders", "--turns", "--update");
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            if (flags.contains(option)) {
                options.put(option, "");
            } else if (valued.contains(option) && i + 1 < arguments.size()) {
                options.put(option, arguments.get(++i));
            } else {
                throw new IllegalArgumentException(
                        "'" + option + "': expected " + flags + ", or one of " + valued + " and a value; see --help");
            }
        }
        return options;
    }

    private static <T> List<T> list(Map<String, String> options, String option, T[] all, Function<T, String> word) {
        if (!options.containsKey(option)) {
            return List.of(all);
        }
        List<T> chosen = new ArrayList<>();
        for (String wanted : options.get(option).split(",", -1)) {
            chosen.add(Arrays.stream(all)
                    .filter(it -> word.apply(it).equals(wanted))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(option + " '" + wanted + "': expected some of "
                            + Arrays.stream(all).map(word).toList())));
        }
        return chosen;
    }

    private static List<Integer> numbers(Map<String, String> options, String option, String otherwise) {
        List<Integer> numbers = new ArrayList<>();
        for (String text : options.getOrDefault(option, otherwise).split(",", -1)) {
            if (!text.matches("[1-9][0-9]{0,5}")) {
                throw new IllegalArgumentException(option + " '" + text + "': expected a whole number, 1 or more");
            }
            numbers.add(Integer.valueOf(text));
        }
        return numbers;
    }
}
