package dev.keystile.jdbc;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
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

    private static final Logger LOG = LoggerFactory.getLogger(Drivers.class);

    /** Those that nobody had registered before; under the lock of this class, as is how many stores use any. */
    private static final Set<Driver> REGISTERED_HERE = new HashSet<>();

    private static int users;

    private Drivers() {}

    /** The driver for a URL. */
    static Optional<Driver> find(String url) {
        for (Driver driver : all()) {
            try {
                if (driver.acceptsURL(url)) {
                    return Optional.of(driver);
                }
            } catch (SQLException refused) {
                // Some throw over a URL that is theirs and wrong; connecting tells what is wrong.
                return Optional.of(driver);
            }
        }
        return Optional.empty();
    }

    private static synchronized List<Driver> all() {
        Set<Driver> before = registeredBefore();
        List<Driver> all = new ArrayList<>();
        Iterator<Driver> drivers = ServiceLoader.load(Driver.class).iterator();
        boolean more = true;
        while (more) {
            try {
                more = drivers.hasNext();
                if (more) {
                    all.add(drivers.next());
                }
            } catch (ServiceConfigurationError broken) {
                LOG.debug("a JDBC driver on the class path cannot be loaded", broken);
            }
        }
        List<Driver> registered = DriverManager.drivers().toList();
        registered.stream().filter(driver -> !before.contains(driver)).forEach(REGISTERED_HERE::add);
        all.addAll(registered);
        return all;
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
