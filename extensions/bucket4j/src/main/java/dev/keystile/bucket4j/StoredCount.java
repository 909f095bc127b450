package dev.keystile.bucket4j;

import dev.keystile.limit.Charge;
import dev.keystile.limit.LimitStatus;
import dev.keystile.limit.Partition;
import dev.keystile.limit.RateLimit;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.distributed.proxy.AsyncCommandExecutor;
import io.github.bucket4j.distributed.proxy.CommandExecutor;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import io.github.bucket4j.distributed.proxy.optimization.OptimizationListener;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import io.github.bucket4j.distributed.remote.RemoteVerboseResult;
import io.github.bucket4j.distributed.remote.commands.CheckConfigurationVersionAndExecuteCommand;
import io.github.bucket4j.distributed.remote.commands.CreateInitialStateWithVersionOrReplaceConfigurationAndExecuteCommand;
import io.github.bucket4j.distributed.remote.commands.GetAvailableTokensCommand;
import io.github.bucket4j.distributed.remote.commands.GetConfigurationCommand;
import io.github.bucket4j.distributed.remote.commands.MultiCommand;
import io.github.bucket4j.distributed.remote.commands.TryConsumeCommand;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A charge, and the count in the store that it is taken from, as it stood at the last look.
 *
 * <p>It speaks in bucket4j's commands, not through its {@code Bucket}: that would make every bucket it looks at, and does not
 * tell the version of one.
 *
 * <p>Of one request, for one thread.
 */
final class StoredCount {

    /**
     * In which order several are taken from, the same everywhere: so of two requests one gets what it wants. Buckets come
     * last, for what was taken from them is not given back; and what is refilled soonest is taken first.
     */
    static final Comparator<StoredCount> ORDER = Comparator.comparing((StoredCount it) -> it.limit.hasBucket())
            .thenComparing(it -> it.limit.window())
            .thenComparing(it -> it.key);

    private static final int MOST_ATTEMPTS = 20;

    private final Charge charge;
    private final RateLimit limit;
    private final Layout layout;
    private final String key;
    private final CommandExecutor store;
    private Standing standing;

    /**
     * Checks that commands can be sent through a proxy manager; sends none.
     *
     * @throws IllegalArgumentException if they cannot
     */
    static void requireCommands(ProxyManager<String> buckets) {
        try {
            Commands.to(buckets, "key:18:starter 60/PT1M 10:4mVfR2xkQ8sT");
        } catch (IllegalStateException | UnsupportedOperationException without) {
            throw new IllegalArgumentException(
                    buckets.getClass().getName()
                            + ": its builder leaves out what withOptimization was given; expected a"
                            + " proxy manager that heeds it, for this limiter sends its commands by way of it",
                    without);
        }
    }

    StoredCount(ProxyManager<String> buckets, Charge charge) {
        this.charge = charge;
        this.limit = charge.limit();
        this.layout = new Layout(limit);
        this.key = key(charge.partition());
        this.store = Commands.to(buckets, key);
        this.standing = Standing.unused(limit);
    }

    /** No two partitions have the same, whatever their parts are. */
    static String key(Partition partition) {
        return partition.kind().word() + ":" + partition.limit().length() + ":" + partition.limit() + ":"
                + partition.id();
    }

    /** Looks how it stands; makes nothing where there is nothing. */
    void look() {
        // Of a command that asks for no version a store may leave the version out of its answer.
        CommandResult<RemoteVerboseResult<Long>> result = store.execute(
                new CheckConfigurationVersionAndExecuteCommand<>(new GetAvailableTokensCommand().asVerbose(), 0));
        standing = result.isBucketNotFound() ? Standing.unused(limit) : Standing.of(limit, result.getData());
    }

    /** Whether it would have admitted the charge when it was last looked at. */
    boolean admits() {
        return standing.nanosToWait(charge.cost()) == 0;
    }

    /** How it stood when it was last looked at. */
    LimitStatus status(boolean taken) {
        return standing.status(taken ? 0 : charge.cost());
    }

    /**
     * Takes the charge from window and bucket at once, if there is enough. Where no window was seen to run, the next one
     * begins now, unless it has begun meanwhile. A window that was seen to run may end before its part is taken: then it
     * counts in that window still, as it would have had it been faster.
     */
    boolean take() {
        boolean begins = limit.hasWindow() && !standing.windowRuns();
        Version version = begins ? standing.version().nextWindow() : standing.version();
        RemoteVerboseResult<Boolean> told = store.execute(below(
                        version,
                        layout.beginning(version),
                        TokensInheritanceStrategy.AS_IS,
                        TryConsumeCommand.create(charge.cost()).asVerbose()))
                .getData();
        standing = Standing.of(limit, told);
        return told.getValue();
    }

    /**
     * Gives back what was taken from a window, unless the next one has begun. What was taken from a bucket stays taken: time
     * may have refilled it already, and it would be given twice.
     */
    void giveBack() {
        boolean done = !limit.hasWindow();
        for (int attempt = 0; !done && attempt < MOST_ATTEMPTS; attempt++) {
            done = standing.version().isLastOfWindow()
                    || giveBackTo(standing.window().orElseThrow());
        }
        // If other requests were always faster it stays taken, which refunds nothing.
    }

    /** False if somebody else gave back to the window since it was seen; then it is seen as it is now. */
    private boolean giveBackTo(Bandwidth window) {
        MultiCommand inOneGo = new MultiCommand(List.of(
                new GetConfigurationCommand(),
                below(
                        standing.version().nextReturn(),
                        layout.larger(window, charge.cost()),
                        TokensInheritanceStrategy.ADDITIVE,
                        new GetAvailableTokensCommand().asVerbose())));
        List<CommandResult<?>> results = store.execute(inOneGo).getData().getResults();
        standing = Standing.of(limit, (RemoteVerboseResult<?>) results.get(1).getData());
        CommandResult<?> before = results.get(0);
        if (before.isBucketNotFound()) {
            return true;
        }
        Bandwidth found = ((BucketConfiguration) before.getData()).getBandwidths()[0];
        // Every return makes the window larger, so of one version there is one capacity.
        return !found.getId().equals(window.getId()) || found.getCapacity() == window.getCapacity();
    }

    /** A command, and before it another configuration where the version is below this one. */
    private static <T> RemoteCommand<T> below(
            Version version,
            BucketConfiguration configuration,
            TokensInheritanceStrategy inheritance,
            RemoteCommand<T> command) {
        return new CreateInitialStateWithVersionOrReplaceConfigurationAndExecuteCommand<>(
                configuration, command, version.number(), inheritance);
    }

    /** The way to a bucket below {@code Bucket}: what an optimization is given to send its commands through. */
    private static final class Commands implements Optimization {

        private @Nullable CommandExecutor executor;

        static CommandExecutor to(ProxyManager<String> buckets, String key) {
            Commands commands = new Commands();
            buckets.builder().withOptimization(commands).build(key, () -> {
                throw new IllegalStateException("the bucket itself is not asked");
            });
            if (commands.executor == null) {
                throw new IllegalStateException(
                        buckets.getClass().getName() + " leaves out the optimization that a bucket is built with");
            }
            return commands.executor;
        }

        @Override
        public CommandExecutor apply(CommandExecutor original) {
            executor = original;
            return original;
        }

        @Override
        public AsyncCommandExecutor apply(AsyncCommandExecutor original) {
            return original;
        }

        @Override
        public Optimization withListener(OptimizationListener listener) {
            return this;
        }
    }
}
