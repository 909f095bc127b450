package dev.keystile.benchmarks;

import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimit;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The least that does the work: what somebody who cares for speed would write by hand for one application.
 *
 * <p>One header, a SHA-256 of the key into a buffer that is used again, a map of digests, sixteen rules, one synchronised
 * bucket for each key, three headers, and the client as an attribute of the request. It has no rotation, no expiry and no
 * revocation that other nodes hear of, and it trusts the container's reading of the path.
 */
final class MinimalFilter implements Filter {

    private static final String SCHEME = "Bearer ";
    private static final byte[] BODY = "{\"error\":\"denied\"}".getBytes(StandardCharsets.UTF_8);

    private static final ThreadLocal<Hash> HASH = ThreadLocal.withInitial(Hash::new);

    private final TimeSource time;
    private final Map<Digest, Client> clients = new ConcurrentHashMap<>();
    private final Map<String, Rule[]> rulesByMethod;

    /** Who is calling, with what may be done and how often. */
    private record Client(String id, String account, Set<String> scopes, String limit, Bucket bucket) {}

    /** The paths below a prefix, and the scope they ask for. */
    private record Rule(String prefix, String scope, String challenge) {

        static Rule of(String resource, String scope) {
            return new Rule(
                    "/v1/" + resource,
                    scope,
                    "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"" + scope + "\"");
        }

        boolean covers(String path) {
            return path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
        }
    }

    MinimalFilter(Workload workload) {
        this.time = workload.time();
        this.rulesByMethod = Map.of("GET", rules("read"), "POST", rules("write"));
        TimeMeter meter = new Meter(time);
        Set<String> scopes = Set.copyOf(Workload.scopes());
        Hash hash = new Hash();
        for (Workload.Key key : workload.keys()) {
            RateLimit limit = key.limit();
            Bucket bucket = Bucket.builder()
                    .addLimit(Bandwidth.builder()
                            .capacity(limit.burst())
                            .refillGreedy(limit.count(), limit.window())
                            .build())
                    .withSynchronizationStrategy(SynchronizationStrategy.SYNCHRONIZED)
                    .withCustomTimePrecision(meter)
                    .build();
            Client client = new Client(key.id(), key.account(), scopes, Long.toString(limit.count()), bucket);
            clients.put(hash.of(key.text(), 0), client);
        }
    }

    private static Rule[] rules(String verb) {
        return Workload.RESOURCES.stream()
                .map(resource -> Rule.of(resource, resource + ":" + verb))
                .toArray(Rule[]::new);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        HttpServletResponse answer = (HttpServletResponse) response;
        String authorization = http.getHeader("Authorization");
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            deny(answer, 401, "Bearer realm=\"api\"");
            return;
        }
        Client client = clients.get(HASH.get().of(authorization, SCHEME.length()));
        if (client == null) {
            deny(answer, 401, "Bearer realm=\"api\", error=\"invalid_token\"");
            return;
        }
        ConsumptionProbe probe = client.bucket().tryConsumeAndReturnRemaining(1);
        long nowMillis = time.currentTimeMillis();
        answer.setHeader("X-RateLimit-Limit", client.limit());
        answer.setHeader("X-RateLimit-Remaining", Long.toString(probe.getRemainingTokens()));
        if (!probe.isConsumed()) {
            long seconds = Math.max(1, (probe.getNanosToWaitForRefill() + 999_999_999) / 1_000_000_000);
            answer.setHeader("X-RateLimit-Reset", Long.toString((nowMillis + 1000 * seconds + 999) / 1000));
            answer.setHeader("Retry-After", Long.toString(seconds));
            deny(answer, 429, null);
            return;
        }
        long millisToReset = probe.getNanosToWaitForReset() / 1_000_000;
        answer.setHeader("X-RateLimit-Reset", Long.toString((nowMillis + millisToReset + 999) / 1000));
        Rule rule = rule(http);
        if (rule == null || !client.scopes().contains(rule.scope())) {
            deny(answer, 403, rule == null ? null : rule.challenge());
            return;
        }
        http.setAttribute("client", client);
        chain.doFilter(request, response);
    }

    private @Nullable Rule rule(HttpServletRequest request) {
        Rule[] rules = rulesByMethod.get(request.getMethod());
        if (rules == null) {
            return null;
        }
        String pathInfo = request.getPathInfo();
        String path = pathInfo == null ? request.getServletPath() : request.getServletPath() + pathInfo;
        for (Rule rule : rules) {
            if (rule.covers(path)) {
                return rule;
            }
        }
        return null;
    }

    private static void deny(HttpServletResponse response, int status, @Nullable String challenge) throws IOException {
        response.setStatus(status);
        if (challenge != null) {
            response.setHeader("WWW-Authenticate", challenge);
        }
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Content-Type", "application/problem+json");
        response.setContentLength(BODY.length);
        response.getOutputStream().write(BODY);
    }

    /** A SHA-256 as a key of the map. */
    private record Digest(long first, long second, long third, long fourth) {

        @Override
        public int hashCode() {
            return (int) first;
        }
    }

    /** One thread's buffers. */
    private static final class Hash {

        private final MessageDigest sha256;
        private final ByteBuffer result = ByteBuffer.allocate(32);
        private byte[] text = new byte[128];

        Hash() {
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException missing) {
                throw new IllegalStateException(missing);
            }
        }

        /** The digest of what stands behind {@code start}. */
        Digest of(String header, int start) {
            int length = header.length() - start;
            if (length > text.length) {
                text = new byte[length];
            }
            for (int i = 0; i < length; i++) {
                text[i] = (byte) header.charAt(start + i);
            }
            sha256.update(text, 0, length);
            try {
                sha256.digest(result.array(), 0, 32);
            } catch (DigestException impossible) {
                throw new IllegalStateException(impossible);
            }
            return new Digest(result.getLong(0), result.getLong(8), result.getLong(16), result.getLong(24));
        }
    }

    /** The clock of the workload as bucket4j would have it. */
    record Meter(TimeSource time) implements TimeMeter {

        @Override
        public long currentTimeNanos() {
            return time.nanoTime();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }
}
