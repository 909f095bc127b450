package dev.keystile;

import dev.keystile.http.ApiRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A request as a container without a context path would show it. */
public final class TestRequest implements ApiRequest {

    private final String method;
    private final String path;
    private String remoteAddress = "192.0.2.1";
    private String query = "";
    private int queryLooks;
    private int addressLooks;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private TestRequest(String method, String path) {
        this.method = method;
        this.path = path;
    }

    public static TestRequest of(String method, String path) {
        return new TestRequest(method, path);
    }

    public static TestRequest get(String path) {
        return of("GET", path);
    }

    /** One more field line. */
    public TestRequest header(String name, String value) {
        headers.computeIfAbsent(name, it -> new ArrayList<>()).add(value);
        return this;
    }

    /** Received from this address. */
    public TestRequest from(String address) {
        remoteAddress = address;
        return this;
    }

    public TestRequest bearer(String key) {
        return header("Authorization", "Bearer " + key);
    }

    @Override
    public String method() {
        return method;
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
        addressLooks++;
        return remoteAddress;
    }

    /** With a query, as sent. */
    public TestRequest query(String raw) {
        query = raw;
        return this;
    }

    @Override
    public String rawQuery() {
        queryLooks++;
        return query;
    }

    /** How often somebody looked at the query. */
    public int queryLooks() {
        return queryLooks;
    }

    /** How often somebody looked where it comes from. */
    public int addressLooks() {
        return addressLooks;
    }

    @Override
    public List<String> headers(String name) {
        return headers.getOrDefault(name, List.of());
    }
}
