package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application that takes the JSON Web Tokens of others on some paths, and keys on others, both as bearers. */
class SecurityResourceServerTest {

    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    private static @Nullable Application started;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Api.class)
    static class Server {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(rules -> rules.requestMatchers("/v1/reports")
                            .hasAuthority("SCOPE_reports:read")
                            .anyRequest()
                            .authenticated())
                    .oauth2ResourceServer(server -> server.jwt(withDefaults()))
                    .build();
        }

        @Bean
        JwtDecoder decoder() {
            return NimbusJwtDecoder.withSecretKey(new SecretKeySpec(SECRET, "HmacSHA256"))
                    .build();
        }
    }

    @RestController
    static class Api {

        @GetMapping({"/v1/who", "/me", "/v1/reports"})
        String who(Authentication caller) {
            return caller.getClass().getSimpleName() + " " + caller.getName();
        }

        @PostMapping({"/v1/who", "/me"})
        String change(Authentication caller) {
            return who(caller);
        }
    }

    private static Application application() {
        return Objects.requireNonNull(started);
    }

    private static Application start(String credentials) {
        return Application.start(
                Server.class,
                "keystile.credentials=" + credentials,
                "keystile.scopes=reports:read",
                "keystile.rules.v1=ANY /v1/** authenticated",
                "keystile.rules.me=ANY /me public");
    }

    @BeforeAll
    static void start() {
        started = start("bearer");
    }

    @AfterAll
    static void stop() {
        application().close();
    }

    /** Of somebody who may read reports. */
    private static String token() {
        SignedJWT token = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256),
                new JWTClaimsSet.Builder()
                        .subject("ada")
                        .claim("scope", "reports:read")
                        .build());
        try {
            token.sign(new MACSigner(SECRET));
        } catch (JOSEException failure) {
            throw new IllegalStateException(failure);
        }
        return token.serialize();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  /v1/who, key,   200, ApiKeyAuthentication",
        "POST, /v1/who, key,   200, ApiKeyAuthentication",
        "GET,  /v1/who, token, 401, invalid_api_key",
        "GET,  /v1/reports, key, 403, insufficient_permissions",
        "GET,  /me,     token, 200, JwtAuthenticationToken ada",
        "POST, /me,     token, 200, JwtAuthenticationToken ada",
        "GET,  /me,     key,   401, ''",
    })
    void bearer_isReadByWhoeverThePathIsOf(String method, String path, String bearer, int status, String body) {
        HttpResponse<String> response = application()
                .send(method, path, bearer.equals("key") ? application().key() : token());

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).contains(body);
        assertThat(response.headers().map()).doesNotContainKey("set-cookie");
    }

    @Test
    void tokenBesideAKey_addsNothingToIt() {
        try (Application other = start("header x-api-key")) {
            String key = other.key();

            assertThat(other.get("/v1/who", token(), "x-api-key", key).body()).startsWith("ApiKeyAuthentication ");
            assertThat(other.get("/v1/reports", token(), "x-api-key", key).statusCode())
                    .isEqualTo(403);
            assertThat(other.get("/v1/who", "no-token", "x-api-key", key).statusCode())
                    .isEqualTo(200);
        }
    }
}
