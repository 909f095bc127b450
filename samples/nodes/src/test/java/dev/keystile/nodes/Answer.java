package dev.keystile.nodes;

/**
 * What a client saw of a request.
 *
 * <p>Immutable.
 *
 * @param status        as answered; 0 where the connection ended instead
 * @param sentNanos     when it was about to be sent: it was decided later. {@link System#nanoTime}
 * @param answeredNanos when the answer was there: it was decided earlier
 */
record Answer(int status, long sentNanos, long answeredNanos) {

    boolean isAllowed() {
        return status == 200;
    }

    long waitedMillis() {
        return (answeredNanos - sentNanos) / 1_000_000;
    }
}
