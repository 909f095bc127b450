package dev.keystile.key;

/**
 * What one Argon2id run costs. {@code docs/adr/0001-argon2id-and-its-cost.md} holds the arithmetic.
 *
 * <p>Immutable.
 *
 * @param memoryKib   memory of a run in KiB, 8 × parallelism to 262,144
 * @param iterations  passes over that memory, 1 to 16
 * @param parallelism lanes, 1 to 8
 */
public record Argon2Cost(int memoryKib, int iterations, int parallelism) {

    /** For minted secrets: 160 random bits, which no cost makes harder to guess. */
    public static final Argon2Cost MINTED = new Argon2Cost(1024, 1, 1);

    /** For secrets minted elsewhere, of which nobody knows how they were made: what OWASP asks for passwords. */
    public static final Argon2Cost IMPORTED = new Argon2Cost(19_456, 2, 1);

    private static final int MAX_MEMORY_KIB = 262_144;
    /** As many as Django's digests have. */
    private static final int MAX_LANES = 8;

    /** @throws IllegalArgumentException if a part is out of bounds */
    public Argon2Cost {
        if (parallelism < 1 || parallelism > MAX_LANES) {
            throw new IllegalArgumentException("argon2id parallelism " + parallelism + ": expected 1 to " + MAX_LANES);
        }
        if (memoryKib < 8 * parallelism || memoryKib > MAX_MEMORY_KIB) {
            throw new IllegalArgumentException(
                    "argon2id memory " + memoryKib + " KiB: expected " + 8 * parallelism + " to " + MAX_MEMORY_KIB);
        }
        if (iterations < 1 || iterations > 16) {
            throw new IllegalArgumentException("argon2id iterations " + iterations + ": expected 1 to 16");
        }
    }

    /**
     * Reads the PHC spelling {@code m=1024,t=1,p=1}.
     *
     * @throws IllegalArgumentException if the text is anything else, or a part is out of bounds
     */
    public static Argon2Cost parse(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length != 3) {
            throw notACost(text);
        }
        return new Argon2Cost(part(text, parts[0], "m="), part(text, parts[1], "t="), part(text, parts[2], "p="));
    }

    private static int part(String text, String part, String name) {
        if (!part.startsWith(name)) {
            throw notACost(text);
        }
        try {
            return Integer.parseInt(part.substring(name.length()));
        } catch (NumberFormatException notANumber) {
            throw notACost(text);
        }
    }

    private static IllegalArgumentException notACost(String text) {
        return new IllegalArgumentException(
                "argon2id cost '" + text + "': expected m=<KiB>,t=<iterations>,p=<lanes>, such as m=1024,t=1,p=1");
    }

    @Override
    public String toString() {
        return "m=" + memoryKib + ",t=" + iterations + ",p=" + parallelism;
    }
}
