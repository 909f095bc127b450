package dev.keystile.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** One line of the table: an answer, to so many keys, by so many threads, and what every contender needed in each turn. */
final class Row {

    private final Answer answer;
    private final int keys;
    private final int threads;
    private final List<Map<Contender.Kind, Figures>> turns = new ArrayList<>();

    Row(Answer answer, int keys, int threads) {
        this.answer = answer;
        this.keys = keys;
        this.threads = threads;
    }

    Answer answer() {
        return answer;
    }

    int keys() {
        return keys;
    }

    int threads() {
        return threads;
    }

    String name() {
        return answer.word() + ", " + keys + (keys == 1 ? " key, " : " keys, ") + threads
                + (threads == 1 ? " thread" : " threads");
    }

    /** Adds what was measured one after the other. */
    void add(Map<Contender.Kind, Figures> turn) {
        turns.add(turn);
    }

    /** The median of all turns; empty if the contender was not measured. */
    Optional<Figures> median(Contender.Kind kind) {
        if (!isMeasured(kind)) {
            return Optional.empty();
        }
        return Optional.of(new Figures(
                median(turn -> of(turn, kind).nanos()),
                median(turn -> of(turn, kind).bytes())));
    }

    /** How many times the other's time it takes: the median of the ratios within each turn; empty if not measured. */
    Optional<Double> ratio(Contender.Kind kind, Contender.Kind other) {
        if (!isMeasured(kind) || !isMeasured(other)) {
            return Optional.empty();
        }
        return Optional.of(
                median(turn -> of(turn, kind).nanos() / of(turn, other).nanos()));
    }

    private static Figures of(Map<Contender.Kind, Figures> turn, Contender.Kind kind) {
        return Objects.requireNonNull(turn.get(kind), kind.word());
    }

    private boolean isMeasured(Contender.Kind kind) {
        return !turns.isEmpty() && turns.get(0).containsKey(kind);
    }

    private double median(ToDoubleFunction<Map<Contender.Kind, Figures>> figure) {
        double[] sorted = turns.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
