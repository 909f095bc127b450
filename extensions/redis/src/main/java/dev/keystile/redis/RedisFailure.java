package dev.keystile.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisReadOnlyException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Says that Redis could not be asked, or did not count. */
final class RedisFailure extends Exception {

    private static final List<String> REFUSALS =
            List.of("WRONGPASS", "NOAUTH", "NOPERM", "ERR invalid password", "ERR AUTH");

    private RedisFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    static RedisFailure late(Duration timeout) {
        return new RedisFailure("no answer within " + timeout.toMillis() + " ms", null);
    }

    static RedisFailure of(Throwable failure) {
        Throwable cause = causeOf(failure);
        return new RedisFailure(told(cause == null ? failure : cause), cause);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** What failed, and what is at the bottom of it, such as that a certificate is not trusted; on one line. */
    private static String told(Throwable failure) {
        Throwable bottom = failure;
        while (bottom.getCause() != null) {
            bottom = bottom.getCause();
        }
        String why = bottom.getMessage() == null ? bottom.toString() : bottom.getMessage();
        String what = failure.getMessage() == null ? why : failure.getMessage();
        return (what.contains(why) ? what : what + ": " + why).replace('\n', ' ');
    }

    /**
     * Whether another connection might do better: where this one is broken or hangs, and where there is a replica at its other
     * end, for the name of the master may mean another server by now.
     */
    boolean isOfConnection() {
        return !(getCause() instanceof RedisCommandExecutionException) || getCause() instanceof RedisReadOnlyException;
    }

    /** What Redis says where it does not let this client in, or not do what it has to; empty if it is not that. */
    Optional<String> refusal() {
        for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof RedisCommandExecutionException
                    && REFUSALS.stream().anyMatch(message::startsWith)) {
                return Optional.of(message);
            }
        }
        return Optional.empty();
    }

    /** What failed, beneath what says that something did in a future. */
    static @Nullable Throwable causeOf(@Nullable Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
