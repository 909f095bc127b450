package dev.keystile.key;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hashers that judge stored secrets: those that are set, and those of digests that were made elsewhere.
 *
 * <p>Immutable and safe for use by many threads.
 */
final class Hashers {

    /** An algorithm, and whatever it needs. */
    private static final Pattern PHC_STRING = Pattern.compile("\\$[a-z0-9-]{1,32}(\\$[A-Za-z0-9/+.=,-]+)+");

    private static final Logger LOG = LoggerFactory.getLogger(Hashers.class);

    private final KeyHasher newest;
    private final Map<String, KeyHasher> byAlgorithm;

    /**
     * Hashers, the newest first.
     *
     * @throws IllegalArgumentException if there is none, or two of one algorithm
     */
    Hashers(List<KeyHasher> newestFirst) {
        this.newest = newestFirst.get(0);
        this.byAlgorithm = new LinkedHashMap<>();
        for (KeyHasher each : newestFirst) {
            if (byAlgorithm.putIfAbsent(each.algorithm(), each) != null) {
                throw new IllegalArgumentException("two hashers for " + each.algorithm());
            }
        }
    }

    /** The one that makes new digests. */
    KeyHasher newest() {
        return newest;
    }

    private @Nullable KeyHasher find(String digest) {
        String algorithm = algorithm(digest);
        KeyHasher set = byAlgorithm.get(algorithm);
        return set == null ? ForeignHashers.of(algorithm) : set;
    }

    /**
     * The hasher of a stored secret, whose digest it accepts.
     *
     * @throws UnavailableException if there is none, or it does not; the message names the key and the secret's number
     */
    KeyHasher judgeOf(ApiKey key, KeySecret secret) {
        String digest = secret.digest();
        KeyHasher found = find(digest);
        if (found == null) {
            // Of the digest, the name of a known algorithm alone is repeated.
            throw new UnavailableException("key " + key.id() + ", secret " + secret.number()
                    + ": no hasher for its digest"
                    + (digest.startsWith("$hmac-sha256$") ? ", which is hmac-sha256 and needs key.pepper" : "")
                    + "; configured are " + byAlgorithm.keySet());
        }
        try {
            found.requireValid(digest);
        } catch (IllegalArgumentException | IllegalStateException objection) {
            throw new UnavailableException(
                    "key " + key.id() + ", secret " + secret.number() + ": " + objection.getMessage(), objection);
        }
        return found;
    }

    /**
     * Whether no text could prove a secret whatever were set or installed. Of an algorithm for which there is no hasher, what
     * has the shape of a PHC string is taken to be whole.
     */
    boolean isDamaged(KeySecret secret) {
        String digest = secret.digest();
        KeyHasher found = find(digest);
        if (found == null) {
            return !PHC_STRING.matcher(digest).matches();
        }
        try {
            found.requireValid(digest);
            return false;
        } catch (IllegalArgumentException damaged) {
            return true;
        } catch (IllegalStateException | UnavailableException otherwise) {
            return false;
        }
    }

    /**
     * Checks a digest that is to be stored.
     *
     * @throws IllegalArgumentException if it is damaged; the message does not repeat it
     */
    void requireValid(String digest) {
        KeyHasher found = find(digest);
        if (found == null) {
            throw new IllegalArgumentException("digest: of no algorithm that is known here");
        }
        try {
            found.requireValid(digest);
        } catch (IllegalStateException missing) {
            // Whole, as far as can be told: whoever judges it may have what that takes.
            LOG.debug("a digest cannot be judged here", missing);
        }
    }

    /** That of a PHC string; empty if it names none. */
    static String algorithm(String digest) {
        int end = digest.indexOf('$', 1);
        return digest.startsWith("$") && end > 0 ? digest.substring(1, end) : "";
    }
}
