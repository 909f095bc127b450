package dev.keystile.bucket4j;

import dev.keystile.key.TimeSource;
import io.github.bucket4j.distributed.proxy.ProxyManager;

/** The contract, over a store that runs the commands itself. */
final class GridRateLimiterTest extends SharedStoreContract {

    private Grid grid = new Grid();

    @Override
    ProxyManager<String> node(TimeSource time) {
        return grid.node(time);
    }

    @Override
    void clear() {
        grid = new Grid();
    }
}
