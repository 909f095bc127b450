package dev.keystile.config;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.key.KeyHasher;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A hasher whose settings are read, and whose native library is loaded, with the first secret that needs it: most of what
 * is done to keys from a shell needs neither, nor a pepper.
 */
final class HasherOnDemand implements KeyHasher {

    private final String algorithm;
    private final Supplier<KeyHasher> maker;
    private volatile @Nullable KeyHasher made;

    /**
     * A hasher of an algorithm.
     *
     * @param maker throws {@link InvalidConfigurationException} if its settings are wrong, and
     *              {@link IllegalStateException} if it cannot be had
     */
    HasherOnDemand(String algorithm, Supplier<KeyHasher> maker) {
        this.algorithm = algorithm;
        this.maker = maker;
    }

    @Override
    public String algorithm() {
        return algorithm;
    }

    /** Making it twice at the same time does no harm. */
    private KeyHasher hasher() {
        KeyHasher known = made;
        if (known == null) {
            known = make();
            made = known;
        }
        return known;
    }

    private KeyHasher make() {
        try {
            return maker.get();
        } catch (InvalidConfigurationException wrong) {
            // Of another type, so that it is not taken for a word about the digest at hand.
            throw new IllegalStateException(String.join("; ", wrong.problems()), wrong);
        }
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

    @Override
    public boolean isCurrent(String digest) {
        return hasher().isCurrent(digest);
    }
}
