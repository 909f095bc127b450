package dev.keystile.spring;

import dev.keystile.key.KeyScope;
import dev.keystile.scope.Demand;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * Reads {@link RequireScope}: on the method, on the methods it overrides or implements, those of a subclass's interfaces among
 * them, and where there is none, on the type and on what that extends or implements.
 */
final class RequiredScopes {

    private RequiredScopes() {}

    /**
     * What a method of a controller demands; empty where nothing says so.
     *
     * @throws IllegalArgumentException if an annotation cannot be read, or two of equal standing differ
     */
    static Optional<Demand> of(Class<?> type, Method method) {
        Optional<Demand> own = of(method);
        if (own.isEmpty()) {
            own = ofInterfaces(type, method);
        }
        return own.isPresent() ? own : of(type);
    }

    /** What the interfaces of a type say of a method that it inherits from a class which has none of them. */
    private static Optional<Demand> ofInterfaces(Class<?> type, Method method) {
        Set<Demand> demands = new LinkedHashSet<>();
        for (Class<?> above : ClassUtils.getAllInterfacesForClassAsSet(type)) {
            for (Method declared : above.getMethods()) {
                if (declared.getName().equals(method.getName())
                        && BridgeMethodResolver.findBridgedMethod(ClassUtils.getMostSpecificMethod(declared, type))
                                .equals(method)) {
                    of(declared).ifPresent(demands::add);
                }
            }
        }
        if (demands.size() > 1) {
            throw new IllegalArgumentException("@RequireScope stands on the interfaces of " + type + " with " + demands
                    + " for " + method + ": write the one that is meant on it");
        }
        return demands.stream().findAny();
    }

    private static Optional<Demand> of(AnnotatedElement element) {
        List<MergedAnnotation<RequireScope>> all =
                MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY).stream(RequireScope.class)
                        .toList();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        // What stands on the element itself wins; from farther up, nothing tells which of two was meant.
        boolean direct = all.stream().anyMatch(it -> it.getAggregateIndex() == 0);
        Set<Demand> demands = all.stream()
                .filter(it -> !direct || it.getAggregateIndex() == 0)
                .map(RequiredScopes::demand)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (demands.size() > 1) {
            throw new IllegalArgumentException("@RequireScope stands on " + element + " and above it with " + demands
                    + ": write the one that is meant on it");
        }
        return demands.stream().findAny();
    }

    private static Demand demand(MergedAnnotation<RequireScope> annotation) {
        String[] all = annotation.getStringArray("value");
        String[] any = annotation.getStringArray("anyOf");
        if (all.length == 0 == (any.length == 0)) {
            throw new IllegalArgumentException(
                    "@RequireScope: expected scopes, all of which are needed, or anyOf; a method"
                            + " that any good key may call has a rule with the demand authenticated");
        }
        return all.length > 0 ? new Demand.AllOf(scopes(all)) : new Demand.AnyOf(scopes(any));
    }

    private static Set<KeyScope> scopes(String[] texts) {
        return Arrays.stream(texts).map(KeyScope::new).collect(Collectors.toSet());
    }
}
