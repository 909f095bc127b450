package dev.keystile.console;

import dev.keystile.key.Actor;
import dev.keystile.key.KeyId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;

/**
 * One call of the API by a member who is logged in.
 *
 * @param request  the request
 * @param response takes a cookie, and nothing else
 * @param member   who calls
 * @param id       what stands where the path has a key id; empty where it has none
 */
record ConsoleCall(HttpServletRequest request, HttpServletResponse response, Actor.Member member, String id) {

    /** @throws Refusal if there can be no key of that id: the same as for a key that does not exist */
    KeyId keyId() {
        try {
            return new KeyId(id);
        } catch (IllegalArgumentException noId) {
            throw Refusal.noSuchKey();
        }
    }

    /** A parameter of the query; what is blank counts as not given. */
    Optional<String> parameter(String name) {
        try {
            return Optional.ofNullable(request.getParameter(name))
                    .map(String::strip)
                    .filter(it -> !it.isEmpty());
        } catch (RuntimeException unreadable) {
            // Each container has an exception of its own for it.
            throw Refusal.of(400, "invalid_parameter", "The query cannot be read.");
        }
    }

    /** How many there may be on one page: the parameter {@code limit}, 50 unless given. */
    int limit() {
        return (int) number("limit", 1, 100).orElse(50L).longValue();
    }

    /** A whole number of the query. */
    Optional<Long> number(String name, long least, long most) {
        return parameter(name).map(text -> {
            try {
                long number = Long.parseLong(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException notANumber) {
                // Told below, like a number that is out of bounds.
            }
            throw invalid(name, "a whole number from " + least + " to " + most);
        });
    }

    /** A parameter of the query is not as it should be. */
    static Refusal invalid(String name, String expected) {
        return Refusal.of(400, "invalid_parameter", name + ": expected " + expected + ".");
    }
}
