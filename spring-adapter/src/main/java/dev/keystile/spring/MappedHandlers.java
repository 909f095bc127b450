package dev.keystile.spring;

import dev.keystile.scope.Demand;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.http.server.PathContainer;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.condition.AbstractRequestCondition;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.util.pattern.PathPatternParser;

/** Reads what is mapped to controller methods, in an application context and those above it. */
final class MappedHandlers {

    /** Spring 7 has it, and 6 has not. */
    private static final @Nullable Method VERSION_CONDITION =
            BeanUtils.findMethod(RequestMappingInfo.class, "getVersionCondition");

    private final WebApplicationContext context;
    private final List<String> servletPaths;
    private final List<String> problems = new ArrayList<>();
    private final List<MappedHandler> handlers = new ArrayList<>();
    private boolean ignoringCase;

    /**
     * Reads the mappings of a kind.
     *
     * @param servletPaths what stands before the paths of mappings, once or for each servlet; empty for nothing
     */
    MappedHandlers(
            WebApplicationContext context,
            List<String> servletPaths,
            Class<? extends RequestMappingInfoHandlerMapping> kind) {
        this.context = context;
        this.servletPaths = servletPaths;
        // One by one, for asked for all at once those that wait for this very bean would be left out.
        for (String name : BeanFactoryUtils.beanNamesForTypeIncludingAncestors(context, kind, true, false)) {
            read(context.getBean(name, kind));
        }
    }

    List<MappedHandler> handlers() {
        return handlers;
    }

    /** What is wrong with annotations, each a sentence. */
    List<String> problems() {
        return problems;
    }

    /** Whether some of the mappings take a path in upper case for the same in lower case, which rules do not. */
    boolean isIgnoringCase() {
        return ignoringCase;
    }

    /**
     * Methods and types of beans with {@link RequireScope} that nothing is mapped to, so that they demand nothing; each by its
     * name.
     */
    List<String> unmapped() {
        Set<Method> methods = new HashSet<>();
        Set<Class<?>> types = new HashSet<>();
        for (MappedHandler handler : handlers) {
            Class<?> type = typeOf(handler.method());
            types.add(type);
            methods.add(AopUtils.getMostSpecificMethod(handler.method().getMethod(), type));
        }
        Set<String> names = new TreeSet<>();
        for (String bean : context.getBeanDefinitionNames()) {
            Class<?> type = context.getType(bean, false);
            // Of a proxy of an interface, such as a client's, the annotation is what another demands.
            if (type == null || Proxy.isProxyClass(type) || type.getName().startsWith("org.springframework.")) {
                continue;
            }
            Class<?> own = ClassUtils.getUserClass(type);
            if (isAnnotated(own) && !types.contains(own)) {
                names.add(ClassUtils.getShortName(own));
            }
            MethodIntrospector.selectMethods(own, (Method method) -> isAnnotated(method)).stream()
                    .filter(method -> !methods.contains(method))
                    .forEach(method -> names.add(ClassUtils.getShortName(own) + "." + method.getName()));
        }
        return List.copyOf(names);
    }

    private static boolean isAnnotated(AnnotatedElement element) {
        return MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY).isPresent(RequireScope.class);
    }

    private void read(RequestMappingInfoHandlerMapping mapping) {
        ignoringCase |= isIgnoringCase(mapping);
        for (Map.Entry<RequestMappingInfo, HandlerMethod> entry :
                mapping.getHandlerMethods().entrySet()) {
            read(entry.getKey(), entry.getValue());
        }
    }

    private static boolean isIgnoringCase(RequestMappingInfoHandlerMapping mapping) {
        PathPatternParser parser = mapping.getPatternParser();
        return parser == null
                ? mapping.getPathMatcher().match("/a", "/A")
                : parser.parse("/a").matches(PathContainer.parsePath("/A"));
    }

    private void read(RequestMappingInfo info, HandlerMethod method) {
        Class<?> type = typeOf(method);
        String name = ClassUtils.getShortName(type) + "." + method.getMethod().getName();
        Optional<Demand> demand = Optional.empty();
        try {
            demand = RequiredScopes.of(type, AopUtils.getMostSpecificMethod(method.getMethod(), type));
        } catch (IllegalArgumentException unreadable) {
            problems.add(name + ": " + unreadable.getMessage());
        }
        Set<String> patterns = info.getPatternValues();
        handlers.add(new MappedHandler(
                method,
                name,
                methods(info),
                servletPaths.stream()
                        .flatMap(path -> patterns.stream().sorted().map(pattern -> SpringPattern.of(path, pattern)))
                        .toList(),
                isConditional(info),
                demand));
    }

    /** The class of a controller, also behind a proxy that shows its interfaces alone. */
    private Class<?> typeOf(HandlerMethod method) {
        Class<?> type = method.getBeanType();
        if (method.getBean() instanceof String name
                && context.getAutowireCapableBeanFactory() instanceof ConfigurableListableBeanFactory factory
                && factory.containsBeanDefinition(name)) {
            Class<?> target = AutoProxyUtils.determineTargetClass(factory, name);
            return target == null ? type : ClassUtils.getUserClass(target);
        }
        return type;
    }

    private static Set<String> methods(RequestMappingInfo info) {
        Set<RequestMethod> named = info.getMethodsCondition().getMethods();
        Set<String> methods = new LinkedHashSet<>(named.isEmpty() ? RuleCompiler.METHODS : Set.of());
        for (RequestMethod method : named) {
            // HEAD goes with GET, and TRACE is always refused.
            String name = method == RequestMethod.HEAD ? "GET" : method.name();
            if (RuleCompiler.METHODS.contains(name)) {
                methods.add(name);
            }
        }
        return Collections.unmodifiableSet(methods);
    }

    private static boolean isConditional(RequestMappingInfo info) {
        boolean versioned = VERSION_CONDITION != null
                && ReflectionUtils.invokeMethod(VERSION_CONDITION, info)
                        instanceof AbstractRequestCondition<?> condition
                && !condition.isEmpty();
        return versioned
                || !info.getParamsCondition().isEmpty()
                || !info.getHeadersCondition().isEmpty()
                || !info.getConsumesCondition().isEmpty()
                || !info.getProducesCondition().isEmpty()
                || info.getCustomCondition() != null;
    }
}
