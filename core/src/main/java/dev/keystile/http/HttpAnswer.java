package dev.keystile.http;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The whole answer to a denied request, for an adapter to write as it is.
 *
 * <p>Immutable.
 *
 * @param status  the status code
 * @param headers by name; a value holds one field line
 * @param body    what goes out, in UTF-8; empty for none
 */
public record HttpAnswer(int status, Map<String, String> headers, String body) {

    public HttpAnswer {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** This answer, with a header more. */
    public HttpAnswer with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new HttpAnswer(status, more, body);
    }
}
