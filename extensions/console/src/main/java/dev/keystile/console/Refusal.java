package dev.keystile.console;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Ends a call with a problem, as RFC 9457 has it. Its texts are this library's own: none repeats what a client sent, which
 * might be a key.
 */
final class Refusal extends RuntimeException {

    /**
     * What is wrong with one field of a body.
     *
     * @param field   the name of the field, one that the call knows
     * @param message what would be right
     */
    record FieldError(String field, String message) {}

    /** RFC 9110 wants one with each 401; for this scheme browsers ask nobody for a password. */
    static final String CHALLENGE = "Cookie realm=\"keystile console\"";

    private final int status;
    private final String code;
    private final String detail;
    private final List<FieldError> errors;
    private final Map<String, String> members;
    private final Map<String, String> headers;

    private Refusal(
            int status,
            String code,
            String detail,
            List<FieldError> errors,
            Map<String, String> members,
            Map<String, String> headers) {
        super(code, null, false, false);
        this.status = status;
        this.code = code;
        this.detail = detail;
        this.errors = List.copyOf(errors);
        this.members = Map.copyOf(members);
        this.headers = Map.copyOf(headers);
    }

    /**
     * A refusal.
     *
     * @param status the status
     * @param code   stable, for programs
     * @param detail for people
     */
    static Refusal of(int status, String code, String detail) {
        return new Refusal(status, code, detail, List.of(), Map.of(), Map.of());
    }

    /** A body of which some fields are wrong. */
    static Refusal invalid(List<FieldError> errors) {
        String detail = errors.size() == 1
                ? errors.get(0).field() + ": " + errors.get(0).message()
                : errors.size() + " fields are not as they should be.";
        return new Refusal(422, "invalid_fields", detail, errors, Map.of(), Map.of());
    }

    /** There is nothing at the path, for anybody. */
    static Refusal noSuchPath() {
        return of(404, "not_found", "There is nothing at this path.");
    }

    /** There is no such key, or it belongs to another account: nobody can tell which. */
    static Refusal noSuchKey() {
        return of(404, "key_not_found", "There is no such key.");
    }

    /** Nobody is logged in. */
    static Refusal notLoggedIn(Optional<String> loginUrl) {
        Map<String, String> members =
                loginUrl.map(url -> Map.of("login_url", url)).orElse(Map.of());
        return new Refusal(
                401,
                "not_logged_in",
                "Nobody is logged in.",
                List.of(),
                members,
                Map.of("WWW-Authenticate", CHALLENGE));
    }

    /** This refusal, with a header. */
    Refusal with(String name, String value) {
        return new Refusal(status, code, detail, errors, members, Map.of(name, value));
    }

    /** The response that says it. */
    Answer answer() {
        Answer answer = Answer.json(status, "application/problem+json", json -> {
            json.writeStringField("type", "about:blank");
            json.writeStringField("title", title());
            json.writeNumberField("status", status);
            json.writeStringField("detail", detail);
            json.writeStringField("code", code);
            for (Map.Entry<String, String> member : members.entrySet()) {
                json.writeStringField(member.getKey(), member.getValue());
            }
            if (!errors.isEmpty()) {
                json.writeArrayFieldStart("errors");
                for (FieldError error : errors) {
                    json.writeStartObject();
                    json.writeStringField("field", error.field());
                    json.writeStringField("message", error.message());
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
        });
        for (Map.Entry<String, String> header : headers.entrySet()) {
            answer = answer.with(header.getKey(), header.getValue());
        }
        return answer;
    }

    /** The phrase of the status, as RFC 9457 wants it of {@code about:blank}. */
    private String title() {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 409 -> "Conflict";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 422 -> "Unprocessable Content";
            case 503 -> "Service Unavailable";
            default -> "Internal Server Error";
        };
    }
}
