package dev.keystile.playground;

import dev.keystile.Keystile;
import jakarta.servlet.ServletContainerInitializer;
import java.util.Map;
import java.util.ServiceLoader;

/** What serves the application of a sample: Jetty, unless the class path has another as a service. */
public interface Server {

    /**
     * An application and where it is served.
     *
     * <p>Immutable.
     *
     * @param settings   those of the contract and of the console, as the text of a settings file
     * @param attributes what keys carry for rules that bind to it
     * @param port       where to listen, on this machine's own address alone; 0 for any port that is free
     * @param more       what to add to the application before it starts
     */
    record Wanted(String settings, Map<String, String> attributes, int port, ServletContainerInitializer more) {

        /** Copies the attributes. */
        public Wanted {
            attributes = Map.copyOf(attributes);
        }
    }

    /** An application that is served. */
    interface Running extends AutoCloseable {

        /** The port it listens on. */
        int port();

        /** The library behind the application. */
        Keystile keystile();

        /** Returns when it has been closed. */
        void join() throws InterruptedException;

        /** Ends requests, threads and the store, in this order. */
        @Override
        void close();
    }

    /** Starts it. */
    Running start(Wanted wanted) throws StartRefusedException;

    /** The one of the class path. */
    static Server find() {
        return ServiceLoader.load(Server.class).findFirst().orElseGet(JettyServer::new);
    }
}
