package dev.keystile.playground.api;

import dev.keystile.Keystile;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The application: the billing API where the path is one of it, an echo elsewhere. Whoever comes here was let in by the
 * filter; without a key, at a public rule, there is no data to speak of, and the answer is an echo too.
 */
public final class ApiServlet extends HttpServlet {

    private transient @Nullable Billing billing;

    @Override
    public void init() throws ServletException {
        Keystile keystile = KeystileFilter.keystileOf(getServletContext())
                .orElseThrow(() -> new ServletException("expected the filter before this servlet"));
        Set<KeyEnvironment> environments = keystile.keyFormat().prefixes().stream()
                .map(KeyPrefix::environment)
                .collect(Collectors.toSet());
        environments.addAll(keystile.keyManager().signingEnvironments());
        billing = new Billing(environments);
    }

    /** One way for all methods: which of them a path takes is for the rules and the API to say. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        Billing api = billing;
        if (api == null) {
            throw new ServletException("the servlet was not initialised");
        }
        String path = pathOf(request);
        Optional<ApiPrincipal> caller = callerOf(request);
        Optional<BillingPath> asked = BillingPath.parse(path);
        Answer answer = caller.isPresent() && asked.isPresent()
                ? api.answer(caller.get(), request.getMethod(), asked.get(), request.getInputStream())
                : Echo.answer(caller, request.getMethod(), path);
        readRest(request.getInputStream());
        answer.send(response);
    }

    /** Jetty closes a connection on which something is left of a body, and tells nobody. */
    private static void readRest(InputStream body) {
        try {
            body.skipNBytes(Billing.MAX_BYTES);
        } catch (IOException | RuntimeException ended) {
            // As it should, or amid a chunk.
        }
    }

    private static String pathOf(HttpServletRequest request) {
        String rest = request.getPathInfo();
        return request.getServletPath() + (rest == null ? "" : rest);
    }

    private static Optional<ApiPrincipal> callerOf(HttpServletRequest request) {
        return request.getUserPrincipal() instanceof ApiPrincipal caller ? Optional.of(caller) : Optional.empty();
    }
}
