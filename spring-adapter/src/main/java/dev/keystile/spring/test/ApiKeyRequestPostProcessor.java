package dev.keystile.spring.test;

import dev.keystile.Keystile;
import dev.keystile.http.CredentialSource;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.NewKey;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.request.RequestPostProcessor;
import org.springframework.web.context.support.WebApplicationContextUtils;

/**
 * Calls with a key that is made for the request: {@code mvc.perform(get("/v1/invoices").with(apiKey("invoices:read")))}.
 *
 * <p>The key is a real one, issued into the application's store and decided by the application's rules, in the first place that
 * {@code credentials} names. MockMvc needs the filter: Spring Boot's {@code @AutoConfigureMockMvc} adds it; else add the bean
 * {@code keystileFilter}. Immutable.
 */
public final class ApiKeyRequestPostProcessor implements RequestPostProcessor {

    private final String[] scopes;
    private final String account;
    private final Optional<KeyEnvironment> environment;
    private final Optional<String> plan;

    private ApiKeyRequestPostProcessor(
            String[] scopes, String account, Optional<KeyEnvironment> environment, Optional<String> plan) {
        this.scopes = scopes;
        this.account = account;
        this.environment = environment;
        this.plan = plan;
    }

    /** With a key of the account {@code test} with these scopes, in the first environment that {@code key.prefixes} names. */
    public static ApiKeyRequestPostProcessor apiKey(String... scopes) {
        return new ApiKeyRequestPostProcessor(scopes.clone(), "test", Optional.empty(), Optional.empty());
    }

    /** The same, of another account. */
    public ApiKeyRequestPostProcessor account(String name) {
        return new ApiKeyRequestPostProcessor(scopes, name, environment, plan);
    }

    /** The same, in another environment. */
    public ApiKeyRequestPostProcessor environment(KeyEnvironment other) {
        return new ApiKeyRequestPostProcessor(scopes, account, Optional.of(other), plan);
    }

    /** The same, with a plan. */
    public ApiKeyRequestPostProcessor plan(String name) {
        return new ApiKeyRequestPostProcessor(scopes, account, environment, Optional.of(name));
    }

    @Override
    public MockHttpServletRequest postProcessRequest(MockHttpServletRequest request) {
        Keystile keystile = WebApplicationContextUtils.getRequiredWebApplicationContext(request.getServletContext())
                .getBean(Keystile.class);
        NewKey.Builder wanted = NewKey.of(account, "test", environment.orElseGet(() -> first(keystile)))
                .scopes(scopes);
        plan.ifPresent(wanted::plan);
        String key = keystile.keyManager()
                .issue(wanted.build(), new Actor.Operator("test"))
                .revealOnce();
        CredentialSource place = keystile.credentialSources().get(0);
        request.addHeader(place.headerName(), written(place, key));
        return request;
    }

    private static KeyEnvironment first(Keystile keystile) {
        return keystile.keyFormat().prefixes().stream()
                .filter(prefix -> !prefix.retired())
                .map(KeyPrefix::environment)
                .findFirst()
                .orElseThrow();
    }

    private static String written(CredentialSource place, String key) {
        if (!place.headerName().equalsIgnoreCase("Authorization")) {
            return key;
        }
        if (place.equals(CredentialSource.authorization())) {
            return key;
        }
        boolean basic = place.scheme().equalsIgnoreCase("Basic");
        return place.scheme() + " "
                + (basic ? Base64.getEncoder().encodeToString((key + ":").getBytes(StandardCharsets.UTF_8)) : key);
    }
}
