package dev.keystile;

import dev.keystile.key.KeyHasher;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A real hasher that counts how often it judges. */
public final class CountingHasher implements KeyHasher {

    private final KeyHasher hasher =
            KeyHasher.hmacSha256("a pepper of at least 32 bytes, for tests".getBytes(StandardCharsets.UTF_8));
    private final AtomicInteger verifications = new AtomicInteger();
    private volatile Runnable beforeVerify = () -> {};

    /** How often it judged. */
    public int verifications() {
        return verifications.get();
    }

    /** Does something each time before it judges. */
    public void beforeVerify(Runnable step) {
        beforeVerify = step;
    }

    @Override
    public String algorithm() {
        return hasher.algorithm();
    }

    @Override
    public String hash(byte[] text) {
        return hasher.hash(text);
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        verifications.incrementAndGet();
        beforeVerify.run();
        return hasher.verify(text, digest);
    }

    @Override
    public void requireValid(String digest) {
        hasher.requireValid(digest);
    }
}
