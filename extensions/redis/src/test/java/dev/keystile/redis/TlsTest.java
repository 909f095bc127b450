package dev.keystile.redis;

import static dev.keystile.redis.Await.until;
import static dev.keystile.redis.Await.untilTold;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.keystile.key.KeyStore;
import dev.keystile.key.UnavailableException;
import dev.keystile.limit.Charge;
import dev.keystile.limit.LimiterHealth;
import dev.keystile.limit.RateLimit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code rediss://}: who is let through is who has the right certificate, and else nothing is said. */
final class TlsTest {

    private static final String TRUSTED = "javax.net.ssl.trustStore";
    private static final String SECRET = "hush-hush-hush";
    private static final Duration RECOVERY = Duration.ofSeconds(5);
    private static final RateLimit SHARE = RateLimit.perDay(1_000_000).named("share");
    private static final RateLimit DENIED = RateLimit.perDay(1_000_000).named("denied");

    @TempDir(cleanup = CleanupMode.ALWAYS)
    private static Path folder;

    private static SSLContext right;
    private static SSLContext otherName;
    private static RedisProcess redis;

    @BeforeAll
    static void start() throws Exception {
        redis = new RedisProcess("--requirepass", SECRET);
        right = certificate("right", "dns:localhost,ip:127.0.0.1");
        otherName = certificate("other", "dns:redis.example.com");
        java.security.KeyStore trusted = java.security.KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (String name : List.of("right", "other")) {
            trusted.setCertificateEntry(name, load(name).getCertificate(name));
        }
        try (OutputStream file = Files.newOutputStream(folder.resolve("trusted"))) {
            trusted.store(file, SECRET.toCharArray());
        }
    }

    @AfterAll
    static void stop() {
        System.clearProperty(TRUSTED);
        System.clearProperty(TRUSTED + "Password");
        redis.close();
    }

    /** What a server has to show a certificate that it signed itself. */
    private static SSLContext certificate(String name, String names) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=Keystile test",
                        "-ext",
                        "san=" + names,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        folder.resolve(name).toString(),
                        "-storepass",
                        SECRET)
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(name), SECRET.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static java.security.KeyStore load(String name) throws GeneralSecurityException, IOException {
        java.security.KeyStore keys = java.security.KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(folder.resolve(name))) {
            keys.load(file, SECRET.toCharArray());
        }
        return keys;
    }

    private static void trust(boolean own) {
        if (own) {
            System.setProperty(TRUSTED, folder.resolve("trusted").toString());
            System.setProperty(TRUSTED + "Password", SECRET);
        } else {
            System.clearProperty(TRUSTED);
            System.clearProperty(TRUSTED + "Password");
        }
    }

    private static RedisRateLimiter.Builder node(TlsProxy proxy) {
        return RedisRateLimiter.builder(proxy.url())
                .user("default")
                .password(SECRET)
                .onFailure("denied", OnFailure.DENY);
    }

    private static List<Charge> charge(RateLimit limit) {
        return List.of(Charge.of(limit, "keyOne123456", "live:acme", 1));
    }

    private static long left(RedisRateLimiter limiter) {
        return limiter.tryConsume(charge(SHARE)).decisive().remaining();
    }

    private static boolean isShared(RedisRateLimiter limiter) {
        return !limiter.tryConsume(charge(SHARE)).isMakeshift();
    }

    private static boolean isAway(RedisRateLimiter limiter) {
        return !isShared(limiter) && limiter.health().state() != LimiterHealth.State.WORKING;
    }

    /** What was logged of a server. */
    private static List<String> logged(TlsProxy proxy) {
        String port = proxy.url().substring(proxy.url().lastIndexOf(':'));
        try (Stream<String> lines = Files.lines(Path.of("target", "keystile.log"))) {
            return lines.filter(line -> line.contains(port)).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void certificateOfTheNameThatIsTrusted_limitsAreShared_andHintsTold_andNothingIsPlain() {
        trust(true);
        AtomicInteger heard = new AtomicInteger();
        try (TlsProxy proxy = new TlsProxy(right, redis);
                RedisRateLimiter one =
                        node(proxy).timeout(Duration.ofSeconds(10)).open();
                RedisRateLimiter other =
                        node(proxy).timeout(Duration.ofSeconds(10)).open();
                RedisChangeHints telling = hints(proxy);
                RedisChangeHints hearing = hints(proxy);
                KeyStore.Listening listening = hearing.listen(heard::incrementAndGet)) {
            until("limits are shared", () -> isShared(one) && isShared(other));
            assertThat(left(one) - left(other)).as("what both take from").isEqualTo(1);
            untilTold(telling, heard);

            proxy.show(otherName);
            until("Redis is known to be away", () -> isAway(one));
            long passedOn = proxy.passedOn();
            assertThat(passedOn).isPositive();
            int soFar = proxy.encrypted();
            until("each has tried again", () -> isAway(one) && isAway(other) && proxy.encrypted() > soFar + 3);
            until(
                    "the log says why",
                    RECOVERY,
                    () -> logged(proxy).stream()
                            .anyMatch(line -> line.contains("cannot be made again") && line.contains("localhost")));
            assertThat(proxy.passedOn()).isEqualTo(passedOn);

            proxy.show(right);
            until("limits are shared again", RECOVERY, () -> isShared(one) && isShared(other));
            untilTold(telling, heard);
            assertThat(proxy.plain()).isZero();
        }
    }

    private static RedisChangeHints hints(TlsProxy proxy) {
        return RedisChangeHints.builder(proxy.url())
                .user("default")
                .password(SECRET)
                .open();
    }

    static Stream<Arguments> certificates() {
        return Stream.of(
                argumentSet("not trusted", right, false, "unable to find valid certification path"),
                argumentSet("of another name", otherName, true, "localhost"));
    }

    @ParameterizedTest
    @MethodSource("certificates")
    void otherCertificate_isNotTalkedTo_andLimitsAreMakeshift_andTheLogSaysWhy(
            SSLContext shown, boolean trusted, String why) {
        trust(trusted);
        try (TlsProxy proxy = new TlsProxy(shown, redis);
                RedisRateLimiter limiter = node(proxy).open();
                RedisChangeHints hints = hints(proxy)) {
            until("Redis is known to be away", () -> isAway(limiter));
            assertThatExceptionOfType(UnavailableException.class)
                    .isThrownBy(() -> limiter.tryConsume(charge(DENIED)))
                    .withMessageContaining(why);
            int soFar = proxy.encrypted();
            until("each has tried again", () -> isAway(limiter) && proxy.encrypted() > soFar + 3);
            assertThat(proxy.plain()).isZero();
            assertThat(proxy.passedOn()).isZero();

            until("all have told", () -> logged(proxy).size() >= 2);
            assertThat(logged(proxy))
                    .as("of limits and of hints, once each")
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line)
                            .contains("WARN", why)
                            .doesNotContain(SECRET)
                            .doesNotContain("**"));

            trust(true);
            proxy.show(right);
            until("limits are shared", RECOVERY, () -> isShared(limiter));
        }
    }

    /** A URL that promises TLS is kept to, whatever the server speaks. */
    @Test
    void serverThatSpeaksNoTls_isToldNothing() {
        trust(true);
        try (RedisRateLimiter limiter = RedisRateLimiter.builder("rediss://localhost:" + redis.port())
                .password(SECRET)
                .open()) {
            assertThat(isShared(limiter)).isFalse();
            assertThat(limiter.status().lastFailure().orElseThrow()).doesNotContain(SECRET);
        }
    }
}
