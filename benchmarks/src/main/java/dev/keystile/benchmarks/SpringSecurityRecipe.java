package dev.keystile.benchmarks;

import dev.keystile.key.TimeSource;
import dev.keystile.limit.RateLimit;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The same work by Spring Security, as its reference documentation and most guides have it: a filter of one's own that
 * authenticates the key, {@code hasAuthority} for each of sixteen paths, a filter with bucket4j between them, no session,
 * no CSRF tokens, and everything else as it comes.
 */
public final class SpringSecurityRecipe {

    private SpringSecurityRecipe() {}

    /** The chain that an application would have; it holds nothing that has to be closed. */
    public static Filter open(Workload workload) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean(Workload.class, () -> workload, definition -> definition.setDestroyMethodName(""));
        context.register(Security.class);
        context.refresh();
        return context.getBean("springSecurityFilterChain", Filter.class);
    }

    @Configuration
    @EnableWebSecurity
    static class Security {

        @Bean
        SecurityFilterChain chain(HttpSecurity http, Workload workload) throws Exception {
            KeyFilter keys = new KeyFilter(workload);
            http.csrf(csrf -> csrf.disable())
                    .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .exceptionHandling(errors -> errors.authenticationEntryPoint(SpringSecurityRecipe::unauthorized)
                            .accessDeniedHandler((request, response, denied) -> deny(response, 403)))
                    .addFilterBefore(keys, UsernamePasswordAuthenticationFilter.class)
                    .addFilterAfter(new LimitFilter(workload), KeyFilter.class)
                    .headers(Customizer.withDefaults())
                    .authorizeHttpRequests(requests -> {
                        for (String resource : Workload.RESOURCES) {
                            String pattern = Workload.pattern(resource);
                            requests.requestMatchers(HttpMethod.GET, pattern).hasAuthority(resource + ":read");
                            requests.requestMatchers(HttpMethod.POST, pattern).hasAuthority(resource + ":write");
                        }
                        requests.anyRequest().denyAll();
                    });
            return http.build();
        }
    }

    private static void unauthorized(HttpServletRequest request, HttpServletResponse response, Exception cause)
            throws IOException {
        String error = cause instanceof BadCredentialsException ? ", error=\"invalid_token\"" : "";
        response.setHeader("WWW-Authenticate", "Bearer realm=\"api\"" + error);
        deny(response, 401);
    }

    private static void deny(HttpServletResponse response, int status) throws IOException {
        response.setStatus(status);
        response.setContentType("application/problem+json");
        response.getOutputStream().write("{\"error\":\"denied\"}".getBytes(StandardCharsets.UTF_8));
    }

    /** A key that was found. */
    private static final class KeyAuthentication extends AbstractAuthenticationToken {

        private final transient Workload.Key key;

        KeyAuthentication(Workload.Key key, List<GrantedAuthority> authorities) {
            super(authorities);
            this.key = key;
            setAuthenticated(true);
        }

        @Override
        public String getCredentials() {
            return "";
        }

        @Override
        public Workload.Key getPrincipal() {
            return key;
        }
    }

    /** Finds the key by the SHA-256 of what stands in {@code Authorization}. */
    private static final class KeyFilter extends OncePerRequestFilter {

        private static final String SCHEME = "Bearer ";

        private final Map<String, Workload.Key> keys = new ConcurrentHashMap<>();
        private final List<GrantedAuthority> authorities = AuthorityUtils.createAuthorityList(Workload.scopes());
        private final AuthenticationEntryPoint entryPoint = SpringSecurityRecipe::unauthorized;

        KeyFilter(Workload workload) {
            workload.keys().forEach(key -> keys.put(digest(key.text()), key));
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String authorization = request.getHeader("Authorization");
            if (authorization == null || !authorization.startsWith(SCHEME)) {
                chain.doFilter(request, response);
                return;
            }
            Workload.Key key = keys.get(digest(authorization.substring(SCHEME.length())));
            if (key == null) {
                entryPoint.commence(request, response, new BadCredentialsException("unknown key"));
                return;
            }
            SecurityContext context = SecurityContextHolder.createEmptyContext();
            context.setAuthentication(new KeyAuthentication(key, authorities));
            SecurityContextHolder.setContext(context);
            chain.doFilter(request, response);
        }

        private static String digest(String text) {
            try {
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException missing) {
                throw new IllegalStateException(missing);
            }
        }
    }

    /** Takes one from the key's bucket and says what is left. */
    private static final class LimitFilter extends OncePerRequestFilter {

        private final TimeSource time;
        private final MinimalFilter.Meter meter;
        private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

        LimitFilter(Workload workload) {
            this.time = workload.time();
            this.meter = new MinimalFilter.Meter(time);
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            Workload.Key key = key();
            if (key == null) {
                chain.doFilter(request, response);
                return;
            }
            ConsumptionProbe probe =
                    buckets.computeIfAbsent(key.id(), it -> bucket(key.limit())).tryConsumeAndReturnRemaining(1);
            long nowMillis = time.currentTimeMillis();
            response.setHeader("X-RateLimit-Limit", Long.toString(key.limit().count()));
            response.setHeader("X-RateLimit-Remaining", Long.toString(probe.getRemainingTokens()));
            if (probe.isConsumed()) {
                long millisToReset = probe.getNanosToWaitForReset() / 1_000_000;
                response.setHeader("X-RateLimit-Reset", Long.toString((nowMillis + millisToReset + 999) / 1000));
                chain.doFilter(request, response);
            } else {
                long seconds = Math.max(1, (probe.getNanosToWaitForRefill() + 999_999_999) / 1_000_000_000);
                response.setHeader("X-RateLimit-Reset", Long.toString((nowMillis + 1000 * seconds + 999) / 1000));
                response.setHeader("Retry-After", Long.toString(seconds));
                deny(response, 429);
            }
        }

        private static Workload.@Nullable Key key() {
            return SecurityContextHolder.getContext().getAuthentication() instanceof KeyAuthentication authentication
                    ? authentication.getPrincipal()
                    : null;
        }

        private Bucket bucket(RateLimit limit) {
            return Bucket.builder()
                    .addLimit(Bandwidth.builder()
                            .capacity(limit.burst())
                            .refillGreedy(limit.count(), limit.window())
                            .build())
                    .withCustomTimePrecision(meter)
                    .build();
        }
    }
}
