package dev.keystile.bucket4j;

/**
 * Where a bucket stands among the windows of its limit, as one number that only grows.
 *
 * <p>bucket4j keeps it as the version of the bucket's configuration, and puts another configuration into force only where the
 * version is lower than that of the command. So a command for the next version is without effect if somebody was faster.
 *
 * @param number the number of the window, and below it how often something was given back to that window
 */
record Version(long number) {

    private static final int BITS_OF_RETURNS = 20;

    /** Of a bucket that was not made yet. */
    static final Version NONE = new Version(0);

    /** The number of the window, 1 for the first. */
    long window() {
        return number >>> BITS_OF_RETURNS;
    }

    /** When the next window has begun. It is above all versions of this one. */
    Version nextWindow() {
        return new Version((window() + 1) << BITS_OF_RETURNS);
    }

    /** When once more something was given back to this window. */
    Version nextReturn() {
        return new Version(number + 1);
    }

    /** Whether nothing more can be given back to this window, for the next version would be that of the next. */
    boolean isLastOfWindow() {
        return nextReturn().window() != window();
    }
}
