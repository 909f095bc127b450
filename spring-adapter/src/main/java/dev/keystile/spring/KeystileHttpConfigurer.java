package dev.keystile.spring;

import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.header.HeaderWriterFilter;

/**
 * What every chain of Spring Security gets, which finds it in {@code spring.factories}: it knows who was proven by Keystile's
 * filter before it, and asks such a request for no CSRF token, for no browser sends a key by itself unless it is a user name.
 *
 * <p>It opens nothing: what a chain does not let through is refused as before.
 */
final class KeystileHttpConfigurer extends AbstractHttpConfigurer<KeystileHttpConfigurer, HttpSecurity> {

    @Override
    @SuppressWarnings("unchecked")
    public void init(HttpSecurity http) {
        CsrfConfigurer<HttpSecurity> csrf = http.getConfigurer(CsrfConfigurer.class);
        if (csrf != null) {
            csrf.ignoringRequestMatchers(SpringKeystileFilter::isCalledOnPurpose);
        }
    }

    @Override
    public void configure(HttpSecurity http) {
        // Behind both filters that bring what a session holds, and before all others, which so see one caller only.
        http.addFilterBefore(
                new ApiKeyAuthenticationFilter(getSecurityContextHolderStrategy()), HeaderWriterFilter.class);
        http.addFilterAfter(
                new ApiKeyDenialFilter(getSecurityContextHolderStrategy()), ExceptionTranslationFilter.class);
    }
}
