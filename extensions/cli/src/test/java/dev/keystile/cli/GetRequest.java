package dev.keystile.cli;

import dev.keystile.http.ApiRequest;
import java.util.List;
import java.util.Optional;

/** A GET with a key as bearer. */
record GetRequest(String path, String key) implements ApiRequest {

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
    public String remoteAddress() {
        return "127.0.0.1";
    }

    @Override
    public List<String> headers(String name) {
        return name.equalsIgnoreCase("Authorization") ? List.of("Bearer " + key) : List.of();
    }
}
