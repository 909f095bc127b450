package dev.keystile.spring;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether there is no bean of a type; asked as beans are registered, which for these configurations is last. */
final class UnlessPresentCondition implements ConfigurationCondition {

    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConfigurableListableBeanFactory factory = context.getBeanFactory();
        Class<?> type = metadata.getAnnotations().get(UnlessPresent.class).getClass("value");
        return factory == null
                || BeanFactoryUtils.beanNamesForTypeIncludingAncestors(factory, type, true, false).length == 0;
    }
}
