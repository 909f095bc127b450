package dev.keystile.config;

import dev.keystile.key.KeyHasher;
import org.jspecify.annotations.Nullable;

/**
 * Argon2id for stored digests where new ones are made otherwise. The native library is loaded with the first digest that
 * needs it, and not at all where there is none: whoever sets another algorithm may have done so for want of it.
 */
final class StoredArgon2id implements KeyHasher {

    private volatile @Nullable KeyHasher hasher;

    @Override
    public String algorithm() {
        return "argon2id";
    }

    /** Loading it twice at the same time does no harm. */
    private KeyHasher hasher() {
        KeyHasher loaded = hasher;
        if (loaded == null) {
            loaded = KeyHasher.argon2id();
            hasher = loaded;
        }
        return loaded;
    }

    @Override
    public String hash(byte[] text) {
        return hasher().hash(text);
    }

    @Override
    public boolean verify(byte[] text, String digest) {
        return hasher().verify(text, digest);
    }

    @Override
    public void requireValid(String digest) {
        hasher().requireValid(digest);
    }
}
