package dev.keystile.http;

/**
 * The body of a denial.
 *
 * <p>Immutable.
 *
 * @param contentType empty where the body is
 * @param text        what goes out, in UTF-8
 */
public record ErrorBody(String contentType, String text) {

    /** No body. */
    public static ErrorBody empty() {
        return new ErrorBody("", "");
    }
}
