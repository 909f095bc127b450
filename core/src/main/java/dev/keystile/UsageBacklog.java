package dev.keystile;

import dev.keystile.decision.Outcome;
import dev.keystile.key.KeyId;
import dev.keystile.key.UsageCount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What of usage is still to be written: a row for each hour, key and outcome, and so many rows at most. One more drives out
 * the first there is, which is of the oldest hour.
 *
 * <p>Safe for use by many threads.
 */
final class UsageBacklog {

    /**
     * What is counted together.
     *
     * @param hour in hours since the UNIX epoch
     */
    record Row(long hour, KeyId key, Outcome outcome) implements Comparable<Row> {

        /** The same in every process, so that two that write do not wait for each other crosswise. */
        private static final Comparator<Row> ORDER = Comparator.comparingLong(Row::hour)
                .thenComparing(row -> row.key().text())
                .thenComparing(Row::outcome);

        @Override
        public int compareTo(Row other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * What was counted.
     *
     * @param lastSecond when the last of the requests was, in seconds since the UNIX epoch
     */
    record Use(long requests, long lastSecond) {

        Use and(Use other) {
            return new Use(requests + other.requests, Math.max(lastSecond, other.lastSecond));
        }
    }

    /** Rows that are written together. */
    record Batch(List<Map.Entry<Row, Use>> rows) {

        private static final Batch NONE = new Batch(List.of());

        boolean isEmpty() {
            return rows.isEmpty();
        }

        List<UsageCount> counts() {
            List<UsageCount> counts = new ArrayList<>(rows.size());
            for (Map.Entry<Row, Use> each : rows) {
                Row row = each.getKey();
                Instant hour = Instant.ofEpochSecond(row.hour() * UsageCell.SECONDS_AN_HOUR);
                counts.add(new UsageCount(
                        row.key(), hour, row.outcome().word(), each.getValue().requests()));
            }
            return counts;
        }

        /** What was refused for want of a good key is no use of it. */
        Map<KeyId, Instant> lastUsed() {
            Map<KeyId, Instant> lastUsed = new TreeMap<>(Comparator.comparing(KeyId::text));
            for (Map.Entry<Row, Use> each : rows) {
                if (each.getKey().outcome() != Outcome.UNAUTHORIZED) {
                    lastUsed.merge(
                            each.getKey().key(),
                            Instant.ofEpochSecond(each.getValue().lastSecond()),
                            (one, other) -> one.isAfter(other) ? one : other);
                }
            }
            return lastUsed;
        }
    }

    private final int capacity;
    private final TreeMap<Row, Use> rows = new TreeMap<>();
    private Batch underWay = Batch.NONE;
    private long droppedRequests;

    /** @param capacity how many rows there are at most */
    UsageBacklog(int capacity) {
        this.capacity = capacity;
    }

    synchronized void add(Row row, Use use) {
        rows.merge(row, use, Use::and);
        if (rows.size() > capacity) {
            droppedRequests += rows.pollFirstEntry().getValue().requests();
        }
    }

    /** Whether there are so many rows that they had better be written before their time. */
    synchronized boolean isCrowded() {
        return rows.size() > capacity / 2;
    }

    /**
     * Takes the first rows, in their order, so that they can be written; they are said to be {@link #written} or
     * {@link #putBack put back} before the next ones are taken.
     */
    synchronized Batch take(int most) {
        List<Map.Entry<Row, Use>> first = new ArrayList<>();
        while (first.size() < most && !rows.isEmpty()) {
            first.add(rows.pollFirstEntry());
        }
        underWay = new Batch(first);
        return underWay;
    }

    /** Those that were taken need not be kept any more. */
    synchronized void written() {
        underWay = Batch.NONE;
    }

    /** Those that were taken are to be written yet. */
    synchronized void putBack() {
        underWay.rows().forEach(it -> add(it.getKey(), it.getValue()));
        underWay = Batch.NONE;
    }

    /** How many requests were counted in rows that had to go; each is told once. */
    synchronized long takeDropped() {
        long dropped = droppedRequests;
        droppedRequests = 0;
        return dropped;
    }

    synchronized boolean hasDropped() {
        return droppedRequests > 0;
    }

    /**
     * What is given up.
     *
     * @param lost     requests that will not be written, or were dropped before
     * @param underWay requests that are being written, of which nobody can say what becomes of them
     */
    record Loss(long lost, long underWay) {}

    /** Drops all there is. What is under way may be written yet; it is not put back. */
    synchronized Loss giveUp() {
        long lost = takeDropped() + requestsIn(rows.values());
        long open = underWay.rows().stream()
                .mapToLong(each -> each.getValue().requests())
                .sum();
        rows.clear();
        underWay = Batch.NONE;
        return new Loss(lost, open);
    }

    private static long requestsIn(Collection<Use> uses) {
        return uses.stream().mapToLong(Use::requests).sum();
    }
}
