package dev.keystile.spring;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;

/**
 * Gives controller methods the {@link ApiPrincipal} of the request: by itself, or as an {@link Optional} where a path is open
 * without a key.
 */
final class ApiPrincipalResolver implements HandlerMethodArgumentResolver {

    /** Such arguments are Spring Security's, which has a null where nobody is calling. */
    private static final String OF_SECURITY = "org.springframework.security.core.annotation.AuthenticationPrincipal";

    /** Puts it before those that there are, which would ask for the principal of the servlet request. */
    static void addTo(RequestMappingHandlerAdapter adapter) {
        List<HandlerMethodArgumentResolver> known = adapter.getArgumentResolvers();
        List<HandlerMethodArgumentResolver> all = new ArrayList<>(List.of(new ApiPrincipalResolver()));
        all.addAll(known == null ? List.of() : known);
        adapter.setArgumentResolvers(all);
    }

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.nestedIfOptional().getNestedParameterType() == ApiPrincipal.class
                && !MergedAnnotations.from(parameter.getParameterAnnotations()).isPresent(OF_SECURITY);
    }

    @Override
    public @Nullable Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binderFactory) {
        HttpServletRequest http = request.getNativeRequest(HttpServletRequest.class);
        Optional<ApiPrincipal> caller = http == null ? Optional.empty() : SpringKeystileFilter.caller(http);
        if (parameter.isOptional() && parameter.getParameterType() == Optional.class) {
            return caller;
        }
        return caller.orElseThrow(() -> new IllegalStateException("nobody is calling " + parameter.getExecutable()
                + ": where a path is open without a key, write Optional<ApiPrincipal>"));
    }
}
