package dev.keystile.console;

import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A store in memory, of which single methods fail where a test says so, before their work or behind it. */
final class FaultyStore {

    private final Map<String, RuntimeException> before = new ConcurrentHashMap<>();
    private final Map<String, RuntimeException> behind = new ConcurrentHashMap<>();
    private final Map<String, Integer> calls = new ConcurrentHashMap<>();
    private final KeyStore real = KeyStore.inMemory();
    private final UsageStore usage = watched(UsageStore.class, real.usage());
    private final KeyStore store = watched(KeyStore.class, real);

    /** To give to an application. */
    KeyStore store() {
        return store;
    }

    /** From now on a method does nothing and fails. */
    void failBefore(String method, RuntimeException failure) {
        before.put(method, failure);
    }

    /** From now on a method does its work and fails: as where a connection breaks behind the commit. */
    void failBehind(String method, RuntimeException failure) {
        behind.put(method, failure);
    }

    /** Everything works again. */
    void recover() {
        before.clear();
        behind.clear();
    }

    /** How often a method was called so far. */
    int calls(String method) {
        return calls.getOrDefault(method, 0);
    }

    private <T> T watched(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call(target, method, arguments)));
    }

    private @Nullable Object call(Object target, Method method, Object @Nullable [] arguments) throws Throwable {
        String name = method.getName();
        calls.merge(name, 1, Integer::sum);
        if (before.containsKey(name)) {
            throw before.get(name);
        }
        Object result;
        try {
            result = name.equals("usage") ? usage : method.invoke(target, arguments);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
        if (behind.containsKey(name)) {
            throw behind.get(name);
        }
        return result;
    }
}
