package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.scope.PathReading;
import dev.keystile.scope.RuleMatch;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.cors.CorsUtils;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.util.ServletRequestPathUtils;

/**
 * Asks, once it is known who handles a request, whether the filter's decision was about that: the same path, the same method,
 * and all that the handler demands. Where no rule could say which of two handlers it would be, this is where the second half
 * of the demand is asked for.
 *
 * <p>Safe for use by many threads.
 */
final class HandlerCheck implements HandlerInterceptor {

    /** The name of the attribute of the servlet context that this guards, which holds its filter. */
    static final String GUARDED = HandlerCheck.class.getName() + ".guarded";

    private final ObjectProvider<Keystile> keystile;
    private final ObjectProvider<MvcRules> rules;
    private final SpringKeystileFilter filter;
    /** By what Spring calls them, of which there are as many as mappings. */
    private final Map<String, SpringPattern> patterns = new ConcurrentHashMap<>();

    private volatile @Nullable Parts parts;

    /** Fetched with the first request, for mappings are made before them. */
    private record Parts(Keystile keystile, MvcRules rules) {}

    HandlerCheck(ObjectProvider<Keystile> keystile, ObjectProvider<MvcRules> rules, SpringKeystileFilter filter) {
        this.keystile = keystile;
        this.rules = rules;
        this.filter = filter;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException, ServletException {
        // Error pages need no key, and of a preflight nobody but Spring sees anything. Boot's management port is
        // a server of its own, whose context takes what the application's has, but for the filter.
        if (request.getDispatcherType() == DispatcherType.ERROR
                || CorsUtils.isPreFlightRequest(request)
                || request.getServletContext().getAttribute(GUARDED) != filter) {
            return true;
        }
        Optional<DispatchTarget> decided = SpringKeystileFilter.decided(request);
        if (decided.isEmpty()) {
            throw new ServletException(
                    "the filter keystileFilter did not see this request: map it to /* with all dispatcher types");
        }
        Optional<Denied> denied = denied(request, decided.get(), handler);
        if (denied.isPresent()) {
            filter.refuse(denied.get(), request, response);
        }
        return denied.isEmpty();
    }

    private Optional<Denied> denied(HttpServletRequest request, DispatchTarget decided, Object handler) {
        DispatchTarget target = DispatchTarget.of(request);
        if (!target.equals(decided)) {
            return Optional.of(Denied.of(
                    DenialCause.AMBIGUOUS_TARGET,
                    "method or path was changed behind the filter: order it behind what does"));
        }
        Parts all = parts();
        Optional<HandlerMethod> handled = handler instanceof HandlerMethod it
                ? Optional.of(
                        Optional.ofNullable(it.getResolvedFromHandlerMethod()).orElse(it))
                : Optional.empty();
        RuleMatch found = target.match(all.keystile().policy());
        if (!isReadAlike(request, target, found, handled, all.rules())) {
            return Optional.of(Denied.of(DenialCause.AMBIGUOUS_TARGET, "the handler mapping read the path otherwise"));
        }
        return all.rules()
                .demanded(handled, found, target)
                .flatMap(demanded -> all.keystile()
                        .check(KeystileFilter.view(request), demanded, SpringKeystileFilter.caller(request)));
    }

    private Parts parts() {
        Parts known = parts;
        if (known == null) {
            known = new Parts(keystile.getObject(), rules.getObject());
            parts = known;
        }
        return known;
    }

    /**
     * Whether rules would find this path in the pattern that Spring found it in. They do not where mappings pass over case,
     * suffixes or the like; another rule may have decided then. A path with encoded slashes was decided in both of its
     * readings, unless nothing is to be found by one of them.
     *
     * @param found what the policy in force says of the request
     */
    private boolean isReadAlike(
            HttpServletRequest request,
            DispatchTarget target,
            RuleMatch found,
            Optional<HandlerMethod> handler,
            MvcRules rules) {
        Object best = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        if (best == null || request.getDispatcherType() == DispatcherType.INCLUDE) {
            return true;
        }
        if (handler.isEmpty() && isPathItself(request, best)) {
            // Of a default handler's, there are as many as clients write.
            return true;
        }
        boolean below = request.getHttpServletMapping().getMappingMatch() == MappingMatch.PATH;
        String servletPath = below ? request.getServletPath() : "";
        String key = servletPath.isEmpty() ? best.toString() : servletPath + " " + best;
        // Looked for first, for to compute may take a lock, also where there is nothing to compute.
        SpringPattern pattern = patterns.get(key);
        if (pattern == null) {
            pattern = SpringPattern.of(servletPath, best.toString());
            patterns.put(key, pattern);
        }
        return covers(pattern, target, found) && isAsMapped(handler, pattern, rules);
    }

    private static boolean covers(SpringPattern pattern, DispatchTarget target, RuleMatch found) {
        if (target.slashed().isEmpty()) {
            return pattern.covers(target.path());
        }
        PathReading.Slashed slashed = target.slashed().get();
        return pattern.covers(slashed.segments())
                || (found instanceof RuleMatch.Matched matched
                        && matched.decoded().isPresent()
                        && pattern.covers(slashed.path()));
    }

    private static boolean isAsMapped(Optional<HandlerMethod> handler, SpringPattern pattern, MvcRules rules) {
        return handler.isEmpty() || rules.isAsMapped(handler.get(), pattern);
    }

    /** How many patterns are remembered. */
    int remembered() {
        return patterns.size();
    }

    private static boolean isPathItself(HttpServletRequest request, Object best) {
        return ServletRequestPathUtils.hasCachedPath(request)
                && best.toString().equals(ServletRequestPathUtils.getCachedPathValue(request));
    }
}
