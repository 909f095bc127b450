package dev.keystile.benchmarks;

import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/** The configuration of a filter that is given all it needs in code. */
final class StubFilterConfig implements FilterConfig {

    @Override
    public String getFilterName() {
        return "benchmark";
    }

    @Override
    public ServletContext getServletContext() {
        return Stub.silent(ServletContext.class);
    }

    @Override
    public @Nullable String getInitParameter(String name) {
        return null;
    }

    @Override
    public Enumeration<String> getInitParameterNames() {
        return Collections.emptyEnumeration();
    }
}
