package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.KeystileHealth;
import dev.keystile.key.KeyHealth;
import dev.keystile.limit.LimiterHealth;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;

/**
 * What a health indicator says, in words of no version of Boot.
 *
 * <p>Immutable.
 *
 * @param up      whether requests with a key are decided, be it that something does not work as it should
 * @param details what stands beside it; no key, no id of one, and nothing of an address or a password
 */
record HealthReport(boolean up, Map<String, Object> details) {

    /** @param keystile fetched as it is asked, for the facade waits for mappings, and those of the actuator for its endpoints */
    static HealthReport of(ObjectProvider<Keystile> keystile) {
        return of(keystile.getObject().health());
    }

    static HealthReport of(KeystileHealth health) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("degraded", health.isDegraded());
        KeyHealth keys = health.keys();
        details.put("store", inOrder("answers", keys.storeAnswers(), "sinceAnswer", text(keys.sinceAnswer())));
        Map<String, Object> changes = inOrder("read", keys.changesRead(), "sinceRead", text(keys.sinceChanges()));
        changes.put("lease", text(keys.lease()));
        changes.put("trusted", keys.trustsMemory());
        details.put("changes", changes);
        LimiterHealth limiter = health.limiter();
        Map<String, Object> limits = inOrder("state", limiter.state().word(), "shared", limiter.shared());
        limiter.since().ifPresent(since -> limits.put("since", since.toString()));
        details.put("limiter", limits);
        details.put("proofsWaiting", keys.proofsWaiting());
        return new HealthReport(health.decides(), details);
    }

    private static Map<String, Object> inOrder(String first, Object one, String second, Object other) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(first, one);
        values.put(second, other);
        return values;
    }

    /** As text, for a number would be of whichever unit the application writes durations in. */
    private static String text(Duration duration) {
        return Duration.ofMillis(duration.toMillis()).toString();
    }
}
