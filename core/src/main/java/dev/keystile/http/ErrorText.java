package dev.keystile.http;

/**
 * What the body of a denial says.
 *
 * <p>Immutable.
 *
 * @param type    in {@code problem}, a URI that names the kind of problem; in {@code template}, what the owner wants
 * @param code    stable, for programs
 * @param message for people
 */
public record ErrorText(String type, String code, String message) {}
