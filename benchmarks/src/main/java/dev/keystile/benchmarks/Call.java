package dev.keystile.benchmarks;

import dev.keystile.http.ApiRequest;
import java.util.List;
import java.util.Optional;

/**
 * One request, as it is sent again and again.
 *
 * @param method         the method
 * @param path           the path, which needs no decoding
 * @param authorizations the field lines of {@code Authorization}: one or none
 */
public record Call(String method, String path, List<String> authorizations) implements ApiRequest {

    static Call of(String method, String path, String key) {
        return new Call(method, path, List.of("Bearer " + key));
    }

    /** The same in memory of its own. */
    @SuppressWarnings("StringCopy")
    Call copy() {
        return new Call(method, path, authorizations.stream().map(String::new).toList());
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
        return name.equalsIgnoreCase("Authorization") ? authorizations : List.of();
    }
}
