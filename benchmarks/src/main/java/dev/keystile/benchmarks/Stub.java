package dev.keystile.benchmarks;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/** Objects of interfaces of which next to nothing is asked. */
final class Stub {

    private Stub() {}

    /** An object of which nothing may be asked: what is, has to be overridden by whoever wraps it. */
    static <T> T refusing(Class<T> type) {
        return proxy(type, (proxy, method, arguments) -> {
            throw new UnsupportedOperationException(type.getSimpleName() + "." + method.getName());
        });
    }

    /** An object that does nothing and answers null. */
    @SuppressWarnings("NullAway") // What a proxy answers for a method without a value is null.
    static <T> T silent(Class<T> type) {
        return proxy(type, (proxy, method, arguments) -> null);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
