package dev.keystile.key;

/** Says in one line why Argon2id cannot be had here, and what to do. */
final class MissingArgon2 {

    private MissingArgon2() {}

    static String explain(LinkageError missing) {
        Throwable root = missing;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason =
                "argon2id needs de.mkammerer:argon2-jvm on the class path and its native library for this platform ("
                        + firstLine(root) + "); ";
        // JDK 24 and later, told to deny what they warn of otherwise.
        return root instanceof IllegalCallerException
                ? reason + "start the JVM with --enable-native-access=ALL-UNNAMED, or use hmac-sha256 with a pepper"
                : reason + "where that cannot be had, use hmac-sha256 with a pepper";
    }

    /** JNA tells of every place it looked at, each on a line of its own. */
    private static String firstLine(Throwable failure) {
        return failure.toString().lines().findFirst().orElse("").strip();
    }
}
