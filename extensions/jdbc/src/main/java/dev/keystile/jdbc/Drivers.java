package dev.keystile.jdbc;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JDBC drivers of the application. {@link DriverManager} looks for drivers once in the life of a JVM, and in a servlet
 * container that is before the application is there; what it knows it keeps for good, and a driver from {@code WEB-INF/lib} all
 * classes of an application that was taken away with it. So drivers are found here, and those that were registered because of
 * that are deregistered when the last store is closed that was opened by one.
 *
 * <p>Safe for use by many threads.
 */
final class Drivers {

    /** Class loaders that cannot even list what they have fail anew each time. */
    private static final int MOST_FAILURES = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Drivers.class);

    /** Those that nobody had registered before; under the lock of this class, as is how many stores use any. */
    private static final Set<Driver> REGISTERED_HERE = new HashSet<>();

    private static int users;

    private Drivers() {}

    /** The driver for a URL; no more of them are loaded than it takes to find it. */
    static synchronized Optional<Driver> find(String url) {
        Set<Driver> before = registeredBefore();
        try {
            return ofApplication(url)
                    .or(() -> before.stream()
                            .filter(driver -> accepts(driver, url))
                            .findFirst());
        } finally {
            DriverManager.drivers().filter(driver -> !before.contains(driver)).forEach(REGISTERED_HERE::add);
        }
    }

    private static Optional<Driver> ofApplication(String url) {
        Iterator<Driver> drivers = ServiceLoader.load(Driver.class).iterator();
        for (int failures = 0; failures < MOST_FAILURES; ) {
            try {
                if (!drivers.hasNext()) {
                    return Optional.empty();
                }
                Driver driver = drivers.next();
                if (accepts(driver, url)) {
                    return Optional.of(driver);
                }
            } catch (ServiceConfigurationError broken) {
                failures++;
                LOG.debug("a JDBC driver on the class path cannot be loaded", broken);
            }
        }
        return Optional.empty();
    }

    private static boolean accepts(Driver driver, String url) {
        try {
            return driver.acceptsURL(url);
        } catch (SQLException refused) {
            // Some throw over a URL that is theirs and wrong; connecting tells what is wrong.
            return true;
        }
    }

    /** If nobody has asked {@link DriverManager} before, it looks for drivers now: not for those of a web application. */
    private static Set<Driver> registeredBefore() {
        Thread thread = Thread.currentThread();
        ClassLoader ofApplication = thread.getContextClassLoader();
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        try {
            return DriverManager.drivers().collect(Collectors.toSet());
        } finally {
            thread.setContextClassLoader(ofApplication);
        }
    }

    /** Says that a store is going to use a driver, until {@link #release}. */
    static synchronized void retain() {
        users++;
    }

    static synchronized void release() {
        users--;
        if (users > 0) {
            return;
        }
        for (Driver driver : REGISTERED_HERE) {
            try {
                DriverManager.deregisterDriver(driver);
            } catch (SQLException | SecurityException notOurs) {
                LOG.debug("{} stays registered", driver.getClass().getName(), notOurs);
            }
        }
        REGISTERED_HERE.clear();
    }
}
