package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A store that says nothing any more, seen over HTTP. */
@Timeout(60)
class SilentStoreTest {

    private static final Set<String> ASKED = Set.of("find", "changesSince");
    /** A quarter of a second is promised; the rest is for a machine that has much else to do. */
    private static final Duration SOON = Duration.ofSeconds(3);

    @TempDir
    Path folder;

    private volatile CountDownLatch answers = new CountDownLatch(0);

    static Stream<Arguments> formats() {
        return Stream.of(
                argumentSet("problem", Map.of(), "\"code\":\"unavailable\""),
                argumentSet(
                        "template",
                        Map.of(
                                "errors.format",
                                "template",
                                "errors.default.body",
                                "{\"error\":{\"message\":\"{message}\"}}",
                                "errors.unavailable.message",
                                "Later."),
                        "{\"error\":{\"message\":\"Later.\"}}"),
                argumentSet(
                        "a moment to retry after",
                        Map.of("headers.retry-after", "unix-ms", "headers.format", "none"),
                        "\"code\":\"unavailable\""));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void storeThatFallsSilent_isA503WithRetryAfter_andNotForWhatNeedsNoStore(Map<String, String> format, String body)
            throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.remove("store.type");
        settings.putAll(format);
        try (Keystile keystile = Settings.of(settings).open(() -> sometimesSilent(KeyStore.inMemory()), builder -> {});
                TestApplication application = TestApplication.start(
                        folder, keystile, Map.of("/items", new Empty(), "/health", new Empty()))) {
            String known = issue(keystile);
            String stranger = issue(keystile);
            assertStatus(200, get(application, known));

            answers = new CountDownLatch(1);

            long began = System.nanoTime();
            assertUnavailable(get(application, stranger), body);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
            HttpResponse<String> answer = get(application, known);
            while (answer.statusCode() == 200) {
                answer = get(application, known);
            }
            assertUnavailable(answer, body);
            List<CompletableFuture<HttpResponse<String>>> flood = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                flood.add(application.getAsync("/items", "Authorization", "Bearer " + (i % 2 == 0 ? known : stranger)));
            }
            assertStatus(200, application.get("/health"));
            for (CompletableFuture<HttpResponse<String>> each : flood) {
                assertUnavailable(each.get(30, TimeUnit.SECONDS), body);
            }

            answers.countDown();

            for (String key : List.of(known, stranger)) {
                answer = get(application, key);
                while (answer.statusCode() != 200) {
                    assertUnavailable(answer, body);
                    answer = get(application, key);
                }
            }
        } finally {
            answers.countDown();
        }
    }

    private static void assertStatus(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    }

    private static void assertUnavailable(HttpResponse<String> answer, String body) {
        assertStatus(503, answer);
        assertThat(answer.body()).contains(body);
        assertThat(answer.headers().firstValue("Retry-After"))
                .hasValueSatisfying(retry -> assertThat(Long.parseLong(retry)).isPositive());
    }

    private static HttpResponse<String> get(TestApplication application, String key) throws Exception {
        return application.get("/items", "Authorization", "Bearer " + key);
    }

    private static String issue(Keystile keystile) {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acct_1", "a key", KeyEnvironment.LIVE)
                                .scopes("items:read")
                                .build(),
                        TestApplication.OPERATOR)
                .revealOnce();
    }

    private KeyStore sometimesSilent(KeyStore store) {
        return (KeyStore) Proxy.newProxyInstance(
                SilentStoreTest.class.getClassLoader(), new Class<?>[] {KeyStore.class}, (proxy, method, arguments) -> {
                    if (ASKED.contains(method.getName()) && !answers.await(50, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("the test has not ended the silence");
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getTargetException();
                    }
                });
    }
}
