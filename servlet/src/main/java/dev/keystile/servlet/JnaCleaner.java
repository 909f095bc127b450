package dev.keystile.servlet;

import jakarta.servlet.ServletContext;

/**
 * The thread on which JNA, by which Argon2 is called, gives back native memory. It ends when nothing is left to give back, which
 * never comes, for a library that was loaded stays loaded. So with JNA in {@code WEB-INF/lib} it would keep all classes of an
 * application that was taken away.
 */
final class JnaCleaner {

    private static final String CLASS = "com.sun.jna.internal.Cleaner$CleanerThread";

    private JnaCleaner() {}

    /** Ends it, if it is of the application alone: what that loaded with its class loader is given back with the class loader. */
    static void endOf(ServletContext application) {
        ClassLoader classes = application.getClassLoader();
        if (classes == null || classes == ClassLoader.getSystemClassLoader()) {
            return;
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            Class<?> type = thread.getClass();
            if (type.getClassLoader() == classes && type.getName().equals(CLASS)) {
                thread.interrupt();
            }
        }
    }
}
