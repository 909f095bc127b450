package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.scope.ScopePolicy;
import jakarta.servlet.ServletContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.servlet.handler.MappedInterceptor;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** What Spring MVC gets besides: rules from annotations, the check of whoever handles a request, principals as arguments. */
@Configuration(proxyBeanMethods = false)
@Conditional(SpringMvcCondition.class)
final class KeystileMvcConfiguration {

    private static final Logger LOG = LoggerFactory.getLogger("dev.keystile.spring.report");

    @Bean
    MvcRules keystileMvcRules(WebApplicationContext context) {
        MappedHandlers mapped =
                new MappedHandlers(context, ServletPaths.of(context), RequestMappingHandlerMapping.class);
        if (mapped.isIgnoringCase()) {
            LOG.warn(
                    "Spring MVC passes over the case of paths, and rules do not: what a rule does not spell as it is sent is"
                            + " refused");
        }
        mapped.unmapped()
                .forEach(name ->
                        LOG.warn("{} has @RequireScope, and nothing is mapped to it: it demands nothing", name));
        boolean given = context.getBeanNamesForType(ScopePolicy.class, true, false).length > 0;
        return new MvcRules(mapped, SettingsReader.read(context), given);
    }

    /** Found by every handler mapping, however it is configured. */
    @Bean
    static MappedInterceptor keystileHandlerCheck(
            ServletContext context,
            ObjectProvider<Keystile> keystile,
            ObjectProvider<MvcRules> rules,
            SpringKeystileFilter filter) {
        context.setAttribute(HandlerCheck.GUARDED, filter);
        return new MappedInterceptor((String[]) null, new HandlerCheck(keystile, rules, filter));
    }

    @Bean
    SmartInitializingSingleton keystileMvcStart(
            WebApplicationContext context,
            Keystile keystile,
            MvcRules rules,
            ObjectProvider<RequestMappingHandlerAdapter> adapters) {
        return () -> {
            adapters.forEach(ApiPrincipalResolver::addTo);
            MappedHandlers all =
                    new MappedHandlers(context, ServletPaths.of(context), RequestMappingInfoHandlerMapping.class);
            rules.report(all.handlers(), keystile.policy());
            LOG.info(MappingReport.of(rules.rows()));
        };
    }
}
