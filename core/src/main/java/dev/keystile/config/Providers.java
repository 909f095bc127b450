package dev.keystile.config;

import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The providers of one kind that are found, each by the word with which settings name it.
 *
 * <p>They are looked for by the class loader of this library first, and then by that of the application, which is the thread's
 * context class loader: a container may keep the library in a loader of its own, or an extension in another one than the library.
 * Of several with one word the first counts. One that cannot be loaded keeps no other from being found, for an application may
 * have no use for it: what stands in a loader above may be made for another copy of this library.
 *
 * <p>Immutable.
 *
 * @param <P> their kind
 */
final class Providers<P> {

    /** In one class loader. One that cannot even list what it has fails anew each time it is asked. */
    private static final int MOST_FAILURES = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Providers.class);

    private final Map<String, P> found = new LinkedHashMap<>();
    private final Set<String> failures = new LinkedHashSet<>();

    private Providers() {}

    /**
     * Looks for providers.
     *
     * @param word what settings call one
     */
    static <P> Providers<P> find(Class<P> kind, Function<P, String> word) {
        Providers<P> providers = new Providers<>();
        ClassLoader own = Providers.class.getClassLoader();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        providers.add(ServiceLoader.load(kind, own).iterator(), word);
        if (context != null && context != own) {
            providers.add(ServiceLoader.load(kind, context).iterator(), word);
        }
        return providers;
    }

    private void add(Iterator<P> all, Function<P, String> word) {
        for (int failed = 0; failed < MOST_FAILURES; ) {
            try {
                if (!all.hasNext()) {
                    return;
                }
                P provider = all.next();
                found.putIfAbsent(word.apply(provider), provider);
            } catch (ServiceConfigurationError | LinkageError failure) {
                failed++;
                if (failures.add(reason(failure))) {
                    LOG.debug("a provider on the class path is passed over", failure);
                }
            }
        }
    }

    private static String reason(Error failure) {
        String message = failure instanceof ServiceConfigurationError
                ? String.valueOf(failure.getMessage())
                : failure.toString();
        String reason = failure.getCause() == null ? message : message + ": " + failure.getCause();
        return message.endsWith("not a subtype")
                ? reason + ", as it is made for another copy of keystile-core"
                : reason;
    }

    Optional<P> named(String word) {
        return Optional.ofNullable(found.get(word));
    }

    /** All of them, in the order in which they were found. */
    Collection<P> all() {
        return Collections.unmodifiableCollection(found.values());
    }

    /** The words of all of them and one that needs no provider, in the order of the alphabet. */
    Set<String> wordsAnd(String builtIn) {
        Set<String> words = new TreeSet<>(found.keySet());
        words.add(builtIn);
        return words;
    }

    /** What to say behind a sentence that misses one: why others could not be loaded; empty if all could. */
    String failures() {
        return failures.isEmpty() ? "" : "; what was found and cannot be loaded: " + String.join("; ", failures);
    }
}
