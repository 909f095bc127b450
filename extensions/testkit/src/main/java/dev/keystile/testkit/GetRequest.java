package dev.keystile.testkit;

import dev.keystile.http.ApiRequest;
import java.util.List;
import java.util.Optional;

/**
 * A {@code GET} with a key as bearer, for tests that ask a {@link dev.keystile.Keystile} without a container. It comes from this
 * machine, to an application without a context path. Immutable.
 *
 * @param path what it asks for, beginning with {@code /}, with nothing that has to be decoded
 * @param key  the whole text of a key
 */
public record GetRequest(String path, String key) implements ApiRequest {

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String rawPath() {
        return path;
    }

    @Override
    public String contextPath() {
        return "";
    }

    @Override
    public String servletPath() {
        return path;
    }

    @Override
    public Optional<String> pathInfo() {
        return Optional.empty();
    }

    @Override
    public String rawQuery() {
        return "";
    }

    @Override
    public String remoteAddress() {
        return "127.0.0.1";
    }

    @Override
    public List<String> headers(String name) {
        return name.equalsIgnoreCase("Authorization") ? List.of("Bearer " + key) : List.of();
    }
}
