package dev.keystile.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.ChangeHints;
import dev.keystile.limit.Charge;
import dev.keystile.limit.RateLimit;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** An application that is taken away while the threads of its container stay. */
final class RedeployTest {

    /** Loads all of it anew, as a container does for an application; what the platform has comes from there. */
    private static URLClassLoader application() throws Exception {
        List<URL> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            jars.add(Path.of(entry).toUri().toURL());
        }
        return new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** What runs inside of the application, on threads of the container: its start. */
    public static final class Start implements Runnable {

        private static final List<RedisRateLimiter> LIMITERS = new ArrayList<>();
        private static final List<ChangeHints> HINTS = new ArrayList<>();

        @Override
        public void run() {
            LIMITERS.add(
                    RedisRateLimiter.builder(System.getProperty("redeploy.url")).open());
            HINTS.add(
                    RedisChangeHints.builder(System.getProperty("redeploy.url")).open());
        }
    }

    /** One request. */
    public static final class Request implements Runnable {

        @Override
        public void run() {
            Charge charge = Charge.of(RateLimit.perDay(1_000_000), "keyOne123456", "live:acme", 1);
            Start.LIMITERS.forEach(limiter -> limiter.tryConsume(List.of(charge)));
            Start.HINTS.forEach(ChangeHints::tell);
        }
    }

    /** Its end. */
    public static final class End implements Runnable {

        @Override
        public void run() {
            Start.LIMITERS.forEach(RedisRateLimiter::close);
            Start.HINTS.forEach(ChangeHints::close);
        }
    }

    private static void run(ExecutorService thread, ClassLoader classes, Class<?> task) throws Exception {
        thread.submit(() -> {
                    Thread.currentThread().setContextClassLoader(classes);
                    try {
                        ((Runnable) classes.loadClass(task.getName())
                                        .getConstructor()
                                        .newInstance())
                                .run();
                    } finally {
                        Thread.currentThread().setContextClassLoader(null);
                    }
                    return null;
                })
                .get();
    }

    private static WeakReference<ClassLoader> deployAndTakeAway(ExecutorService main, ExecutorService requests)
            throws Exception {
        URLClassLoader classes = application();
        run(main, classes, Start.class);
        for (int i = 0; i < 50; i++) {
            run(requests, classes, Request.class);
        }
        run(main, classes, End.class);
        classes.close();
        return new WeakReference<>(classes);
    }

    @Test
    void redeploying_leavesNoClassesAndNoThreadsBehind() throws Exception {
        ExecutorService main = Executors.newSingleThreadExecutor();
        ExecutorService requests = Executors.newFixedThreadPool(2);
        try (RedisProcess redis = new RedisProcess()) {
            System.setProperty("redeploy.url", redis.url());
            List<WeakReference<ClassLoader>> gone = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                gone.add(deployAndTakeAway(main, requests));
            }
            long began = System.nanoTime();
            while (gone.stream().anyMatch(each -> each.get() != null) && System.nanoTime() - began < 30_000_000_000L) {
                System.gc();
                Thread.onSpinWait();
            }
            assertThat(gone).allSatisfy(each -> assertThat(each.get()).isNull());
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("keystile-redis"));
        } finally {
            main.shutdownNow();
            requests.shutdownNow();
        }
    }
}
