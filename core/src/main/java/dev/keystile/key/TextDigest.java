package dev.keystile.key;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The SHA-256 of a presented text, as four numbers: a map key that compares in constant time. */
class TextDigest {

    /** The characters of RFC 6750's {@code b64token}, and {@code |}, which keys of others have; by number. */
    private static final boolean[] READABLE = new boolean[128];

    static {
        for (char c = 0; c < READABLE.length; c++) {
            READABLE[c] = Names.isBase62(c) || "_-.~+/=|".indexOf(c) >= 0;
        }
    }

    private static final Workspace[] WORKSPACES = new Workspace[16];

    static {
        Arrays.setAll(WORKSPACES, it -> new Workspace());
    }

    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    private TextDigest(ByteBuffer hash) {
        this.first = hash.getLong(0);
        this.second = hash.getLong(8);
        this.third = hash.getLong(16);
        this.fourth = hash.getLong(24);
    }

    /** The same digest. */
    TextDigest(TextDigest other) {
        this.first = other.first;
        this.second = other.second;
        this.third = other.third;
        this.fourth = other.fourth;
    }

    /**
     * Digests what stands in a text from {@code start} on; null, before any hashing, if a character of it is none of
     * RFC 6750's {@code b64token} or {@code |}. The working buffers are chosen by thread number, not kept in thread-locals: an
     * application may run each request on a thread of its own.
     */
    static @Nullable TextDigest of(String text, int start) {
        Workspace shared = WORKSPACES[(int) Thread.currentThread().getId() & (WORKSPACES.length - 1)];
        if (!shared.taken.compareAndSet(false, true)) {
            return new Workspace().digest(text, start);
        }
        TextDigest digest = shared.digest(text, start);
        shared.taken.setRelease(false);
        return digest;
    }

    /** The first 32 bits, as an unsigned number. */
    final long quickCheck() {
        return first >>> 32;
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof TextDigest that
                && ((first ^ that.first) | (second ^ that.second) | (third ^ that.third) | (fourth ^ that.fourth)) == 0;
    }

    @Override
    public final int hashCode() {
        return (int) first;
    }

    private static final class Workspace {

        private final AtomicBoolean taken = new AtomicBoolean();
        private final MessageDigest sha256 = newSha256();
        private final ByteBuffer hash = ByteBuffer.allocate(32);
        private byte[] bytes = new byte[128];

        @Nullable TextDigest digest(String text, int start) {
            int length = text.length() - start;
            if (length > bytes.length) {
                bytes = new byte[length];
            }
            boolean readable = copy(text, start, length);
            if (readable) {
                sha256.update(bytes, 0, length);
            }
            Arrays.fill(bytes, 0, length, (byte) 0);
            if (!readable) {
                return null;
            }
            try {
                sha256.digest(hash.array(), 0, 32);
            } catch (DigestException impossible) {
                throw new IllegalStateException("a SHA-256 fits into 32 bytes", impossible);
            }
            return new TextDigest(hash);
        }

        private boolean copy(String text, int start, int length) {
            byte[] target = bytes;
            for (int i = 0; i < length; i++) {
                char c = text.charAt(start + i);
                if (c >= READABLE.length || !READABLE[c]) {
                    return false;
                }
                target[i] = (byte) c;
            }
            return true;
        }

        private static MessageDigest newSha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException missing) {
                throw new IllegalStateException("every Java platform has SHA-256", missing);
            }
        }
    }
}
