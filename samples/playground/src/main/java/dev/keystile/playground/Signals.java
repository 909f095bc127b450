package dev.keystile.playground;

import java.lang.reflect.Proxy;
import java.util.List;

/** What tells a process to end: Ctrl-C, and {@code kill}. */
public final class Signals {

    private Signals() {}

    /**
     * Does something when the process is told to end, and not in a shutdown hook: libraries close databases in hooks of their
     * own, at the same time. By name, for not every JVM has signals; where it has none, nothing is done.
     */
    public static void onEnd(Runnable end) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ending = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, it) -> {
                        end.run();
                        return null;
                    });
            for (String name : List.of("INT", "TERM")) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), ending);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException noSignals) {
            // Then it is the hook.
        }
    }
}
