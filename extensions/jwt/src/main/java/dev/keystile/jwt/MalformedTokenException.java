package dev.keystile.jwt;

/** A text is no token that could be accepted, whoever signed it. Its message says why, and repeats nothing of the text. */
final class MalformedTokenException extends Exception {

    private static final long serialVersionUID = 1;

    MalformedTokenException(String why) {
        // Whoever floods with such texts pays for no stack traces.
        super(why, null, false, false);
    }
}
