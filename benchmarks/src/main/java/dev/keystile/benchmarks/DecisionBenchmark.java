package dev.keystile.benchmarks;

import dev.keystile.key.TimeSource;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/** One contender that gives one answer, again and again. A wrong status ends the run. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionBenchmark {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Param({"MINIMAL", "KEYSTILE", "DECISION", "SPRING_SECURITY"})
    public String contender = "";

    @Param({"HIT", "MISSING", "MALFORMED", "UNKNOWN", "WRONG_SECRET", "FORBIDDEN", "LIMITED"})
    public String answer = "";

    @Param({"1", "10000"})
    public int keys;

    private @Nullable Workload workload;
    private @Nullable Contender opened;
    private Call[] calls = {};
    private int status;

    /** Issues the keys, proves each of them once, and spends the limits that have to be spent. */
    @Setup
    public void open() throws Exception {
        workload = new Workload(keys, TimeSource.system());
        opened = Contender.Kind.valueOf(contender).open(workload);
        Answer wanted = Answer.valueOf(answer);
        status = wanted.status();
        List<Call> all = workload.calls(wanted);
        for (int i = 0; i < 2; i++) {
            for (Call call : all) {
                Exchange.of(call, opened);
            }
        }
        // Copied in the order of their use: a container has the header it has just read in its caches.
        calls = all.stream().map(Call::copy).toArray(Call[]::new);
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(workload).close();
    }

    /** One thread: where it is in the calls. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Client {

        public long calls;
        public long cpuNanos;

        private int next;
        private long cpuNanosBefore;

        /** Threads begin apart from each other, so that they do not follow in each other's steps. */
        @Setup
        public void begin(DecisionBenchmark benchmark, ThreadParams threads) {
            next = benchmark.calls.length * threads.getThreadIndex() / threads.getThreadCount();
        }

        @Setup(Level.Iteration)
        public void beginIteration() {
            cpuNanosBefore = THREADS.getCurrentThreadCpuTime();
        }

        @TearDown(Level.Iteration)
        public void endIteration() {
            cpuNanos = THREADS.getCurrentThreadCpuTime() - cpuNanosBefore;
        }
    }

    @Benchmark
    public Object decide(Client client) throws Exception {
        Call call = calls[client.next];
        client.calls++;
        client.next = client.next + 1 == calls.length ? 0 : client.next + 1;
        Exchange exchange = Exchange.of(call, Objects.requireNonNull(opened));
        int answered = exchange.response().getStatus();
        if (answered != status) {
            throw new IllegalStateException(contender + " answered " + answered + " instead of " + status);
        }
        return exchange;
    }
}
