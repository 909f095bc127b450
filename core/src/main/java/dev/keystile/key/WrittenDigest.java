package dev.keystile.key;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Reads digests as other systems write them, and gives the PHC strings that are stored.
 *
 * @param kind     how they are made
 * @param salt     where a salt of its own is added
 * @param mayCrypt whether bcrypt looks at all that is digested
 */
record WrittenDigest(ImportDigest kind, ImportFormat.Salt salt, boolean mayCrypt) {

    private static final String DJANGO_PLAIN = "plain_";

    /**
     * The stored form of a digest.
     *
     * @throws ImportedKey.Unfit if it is none of this kind; the message does not repeat it
     */
    String stored(String written, byte[] ownSalt, String publicPart) {
        return switch (kind) {
            case SHA256, SHA512 -> salted(kind, salt, ownSalt, plainHash(kind, written));
            case BCRYPT -> crypt(BcryptHasher.PLAIN, written);
            case ARGON2ID -> argon2id(written);
            case DJANGO -> django(written, publicPart);
        };
    }

    /** The bytes of an unsalted digest. */
    static byte[] plainHash(ImportDigest kind, String written) {
        int length = kind == ImportDigest.SHA256 ? 32 : 64;
        byte[] hash = new byte[0];
        try {
            if (written.length() == 2 * length) {
                hash = HexFormat.of().parseHex(written);
            } else {
                hash = Base64.getDecoder().decode(written.replace('-', '+').replace('_', '/'));
            }
        } catch (IllegalArgumentException neither) {
            // Told below, like one of another length.
        }
        if (hash.length != length) {
            throw new ImportedKey.Unfit(
                    "digest",
                    "expected " + kind.word() + ": " + 2 * length + " hexadecimal digits, or "
                            + (length == 32 ? "43" : "86") + " characters of base 64, with or without padding");
        }
        return hash;
    }

    private static String salted(ImportDigest kind, ImportFormat.Salt place, byte[] salt, byte[] hash) {
        return place == ImportFormat.Salt.NONE || salt.length == 0
                ? ShaHasher.stored(kind.word(), hash)
                : ShaHasher.stored(kind.word(), salt, place == ImportFormat.Salt.BEFORE, hash);
    }

    private String django(String written, String publicPart) {
        int end = written.indexOf('$');
        String name = end < 0 ? "" : written.substring(0, end);
        String rest = written.substring(end + 1);
        switch (name) {
            case "sha256", "sha512" -> {
                int between = rest.indexOf('$');
                return salted(
                        shaOf(name),
                        ImportFormat.Salt.BEFORE,
                        bytes(rest.substring(0, Math.max(0, between))),
                        plainHash(shaOf(name), rest.substring(between + 1)));
            }
            case DJANGO_PLAIN + "sha256", DJANGO_PLAIN + "sha512" -> {
                ImportDigest sha = shaOf(name.substring(DJANGO_PLAIN.length()));
                return salted(
                        sha,
                        ImportFormat.Salt.AFTER,
                        bytes(publicPart),
                        plainHash(sha, rest.substring(rest.indexOf('$') + 1)));
            }
            case "pbkdf2_sha256" -> {
                String[] words = rest.split("\\$", -1);
                if (words.length == 3) {
                    return Pbkdf2Hasher.stored(words[0], bytes(words[1]), base64(words[2]));
                }
            }
            case "bcrypt" -> {
                requireCrypt();
                return crypt(BcryptHasher.PLAIN, rest);
            }
            case "bcrypt_sha256" -> {
                return crypt(BcryptHasher.OF_SHA256, rest);
            }
            case "argon2" -> {
                return argon2id("$" + rest);
            }
            default -> {
                // Told below, like what has a known name and another shape.
            }
        }
        throw new ImportedKey.Unfit(
                "digest",
                "expected what Django's password hashers write, such as sha512$$…, pbkdf2_sha256$…, bcrypt_sha256$$…,"
                        + " bcrypt$$… or argon2$argon2id$…");
    }

    private static String crypt(String algorithm, String crypt) {
        String stored = "$" + algorithm + crypt;
        if (!BcryptHasher.isWhole(stored)) {
            throw new ImportedKey.Unfit(
                    "digest",
                    "expected bcrypt: $2a$, $2b$ or $2y$, a cost of " + BcryptHasher.MIN_COST + " to "
                            + BcryptHasher.MAX_COST + ", and 53 characters of salt and hash");
        }
        return stored;
    }

    private static String argon2id(String written) {
        if (!written.startsWith("$argon2id$")) {
            throw new ImportedKey.Unfit("digest", "expected a PHC string that begins with $argon2id$");
        }
        return written;
    }

    private void requireCrypt() {
        if (!mayCrypt) {
            throw new ImportedKey.Unfit(
                    "digest",
                    "is bcrypt, which looks at " + BcryptHasher.MAX_TEXT
                            + " characters and no more, and longer texts are of this format");
        }
    }

    private static ImportDigest shaOf(String name) {
        return name.equals("sha256") ? ImportDigest.SHA256 : ImportDigest.SHA512;
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            throw new ImportedKey.Unfit("digest", "expected its hash in base 64");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
