package dev.keystile.benchmarks.flood;

import dev.keystile.key.KeyHasher;
import java.util.concurrent.atomic.LongAdder;

/** Argon2id that counts its runs. */
final class CountingHasher implements KeyHasher {

    private final KeyHasher argon2id = KeyHasher.argon2id();
    private final LongAdder runs = new LongAdder();

    long runs() {
        return runs.sum();
    }

    @Override
    public String algorithm() {
        return argon2id.algorithm();
    }

    @Override
    public String hash(byte[] text) {
        runs.increment();
        return argon2id.hash(text);
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        runs.increment();
        return argon2id.verify(text, digest);
    }

    @Override
    public void requireValid(String digest) {
        argon2id.requireValid(digest);
    }
}
