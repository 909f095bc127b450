package dev.keystile.key;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The SHA-256 of a presented text, as four numbers: a map key that compares in constant time. */
final class TextDigest {

    private static final int WORKSPACES = 16;
    /** References that lie this far apart do not share a cache line. */
    private static final int STRIDE = 16;

    private static final AtomicReferenceArray<@Nullable Workspace> POOL =
            new AtomicReferenceArray<>(WORKSPACES * STRIDE);

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

    /**
     * Digests a text of ASCII characters. The working buffers are pooled by thread number, not kept in thread-locals:
     * an application may run each request on a thread of its own.
     */
    static TextDigest of(String text) {
        int slot = ((int) Thread.currentThread().getId() & (WORKSPACES - 1)) * STRIDE;
        Workspace workspace = POOL.getAndSet(slot, null);
        if (workspace == null) {
            workspace = new Workspace();
        }
        TextDigest digest = workspace.digest(text);
        POOL.lazySet(slot, workspace);
        return digest;
    }

    /** The first 32 bits, as an unsigned number. */
    long quickCheck() {
        return first >>> 32;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TextDigest that
                && ((first ^ that.first) | (second ^ that.second) | (third ^ that.third) | (fourth ^ that.fourth)) == 0;
    }

    @Override
    public int hashCode() {
        return (int) first;
    }

    private static final class Workspace {

        private final MessageDigest sha256 = newSha256();
        private final ByteBuffer hash = ByteBuffer.allocate(32);
        private byte[] bytes = new byte[128];

        TextDigest digest(String text) {
            int length = text.length();
            if (length > bytes.length) {
                bytes = new byte[length];
            }
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) text.charAt(i);
            }
            sha256.update(bytes, 0, length);
            Arrays.fill(bytes, 0, length, (byte) 0);
            try {
                sha256.digest(hash.array(), 0, 32);
            } catch (DigestException impossible) {
                throw new IllegalStateException("a SHA-256 fits into 32 bytes", impossible);
            }
            return new TextDigest(hash);
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
