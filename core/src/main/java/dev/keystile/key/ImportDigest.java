package dev.keystile.key;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the digests of keys minted elsewhere are made and written. */
public enum ImportDigest {
    /** SHA-256, in hexadecimal, base 64 or base64url, with or without padding: its length tells which. */
    SHA256,
    /** SHA-512, written in the same ways. */
    SHA512,
    /**
     * What Django's password hashers write, with their name in front: {@code sha256}, {@code sha512}, {@code pbkdf2_sha256},
     * {@code bcrypt}, {@code bcrypt_sha256} and {@code argon2}; and the {@code plain_sha256} and {@code plain_sha512} of
     * djangorestframework-api-key.
     */
    DJANGO,
    /** bcrypt, {@code $2a$}, {@code $2b$} or {@code $2y$}. It looks at 72 characters and no more. */
    BCRYPT,
    /** Argon2id, as a PHC string. */
    ARGON2ID;

    /** The word that settings use, such as {@code sha256}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The digest of a word. */
    public static Optional<ImportDigest> ofWord(String word) {
        return Arrays.stream(values()).filter(it -> it.word().equals(word)).findFirst();
    }

    /** Whether the same text has the same digest each time, unless a salt is added. */
    boolean isPlain() {
        return this == SHA256 || this == SHA512;
    }
}
