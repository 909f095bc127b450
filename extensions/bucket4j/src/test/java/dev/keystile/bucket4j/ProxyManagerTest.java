package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.testkit.ManualTime;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketListener;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.RecoveryStrategy;
import io.github.bucket4j.distributed.proxy.RemoteBucketBuilder;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which proxy managers can be counted with. */
final class ProxyManagerTest {

    private final AtomicInteger commands = new AtomicInteger();
    private final ProxyManager<String> manager = new Grid().node(new ManualTime(), commands::incrementAndGet);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void managerThatLeavesOutOptimizations_isRefusedAtTheStart(boolean silently) {
        ProxyManager<String> around = new Around(manager, silently);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProxyManagerRateLimiter.over(around))
                .withMessageContaining("Around: its builder leaves out what withOptimization was given");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProxyManagerRateLimiter.over(around.withMapper(ProxyManagerTest::mapped)))
                .withMessageContaining("expected a proxy manager that heeds it");
    }

    @Test
    void managerOfBucket4j_isTaken_andItsStoreIsNotAsked() {
        ProxyManagerRateLimiter.over(manager);
        ProxyManagerRateLimiter.over(manager.withMapper(ProxyManagerTest::mapped));

        assertThat(commands).hasValue(0);
    }

    private static String mapped(String key) {
        return key.toUpperCase(Locale.ROOT);
    }

    /** A manager of somebody's own around one of bucket4j. */
    private record Around(ProxyManager<String> manager, boolean silently) implements ProxyManager<String> {

        @Override
        public RemoteBucketBuilder<String> builder() {
            return new PlainBuilder(manager.builder(), silently);
        }

        @Override
        public Optional<BucketConfiguration> getProxyConfiguration(String key) {
            return manager.getProxyConfiguration(key);
        }

        @Override
        public void removeProxy(String key) {
            manager.removeProxy(key);
        }

        @Override
        public boolean isAsyncModeSupported() {
            return false;
        }

        @Override
        public AsyncProxyManager<String> asAsync() {
            throw new UnsupportedOperationException();
        }
    }

    /** Builds buckets without anything, whatever it is given. */
    private record PlainBuilder(RemoteBucketBuilder<String> builder, boolean silently)
            implements RemoteBucketBuilder<String> {

        @Override
        public RemoteBucketBuilder<String> withOptimization(Optimization optimization) {
            if (!silently) {
                throw new UnsupportedOperationException("there are no optimizations here");
            }
            return this;
        }

        @Override
        public RemoteBucketBuilder<String> withRecoveryStrategy(RecoveryStrategy strategy) {
            return this;
        }

        @Override
        public RemoteBucketBuilder<String> withImplicitConfigurationReplacement(
                long version, TokensInheritanceStrategy strategy) {
            return this;
        }

        @Override
        public RemoteBucketBuilder<String> withListener(BucketListener listener) {
            return this;
        }

        @Override
        public BucketProxy build(String key, Supplier<BucketConfiguration> configuration) {
            return builder.build(key, configuration);
        }

        @Override
        @Deprecated
        public BucketProxy build(String key, BucketConfiguration configuration) {
            return builder.build(key, () -> configuration);
        }
    }
}
