package dev.keystile.spring;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the filter is registered.
 *
 * <p>Immutable.
 *
 * @param order where it stands among the filters. By default behind those that may change method and path of a request, and
 *              before Spring Security
 */
@ConfigurationProperties("keystile.filter")
record FilterProperties(
        @DefaultValue(FilterProperties.DEFAULT_ORDER) int order) {

    /** Boot's filters that wrap requests are at -9900 and before, Spring Security is at -100. */
    static final String DEFAULT_ORDER = "-200";
}
