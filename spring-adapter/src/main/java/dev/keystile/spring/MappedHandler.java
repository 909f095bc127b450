package dev.keystile.spring;

import dev.keystile.scope.Demand;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.web.method.HandlerMethod;

/**
 * A controller method, and what is mapped to it.
 *
 * <p>Immutable.
 *
 * @param method      the method
 * @param name        what people call it, such as {@code InvoiceController.list}
 * @param methods     the methods of HTTP, as rules name them; all of them where the mapping names none
 * @param patterns    the paths
 * @param conditional whether a request may fit method and path and be meant for another, for a header, a parameter or the like
 * @param demand      what {@link RequireScope} says; empty where there is none
 */
record MappedHandler(
        HandlerMethod method,
        String name,
        Set<String> methods,
        List<SpringPattern> patterns,
        boolean conditional,
        Optional<Demand> demand) {

    MappedHandler {
        methods = Set.copyOf(methods);
        patterns = List.copyOf(patterns);
    }
}
