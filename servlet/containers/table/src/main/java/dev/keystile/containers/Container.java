package dev.keystile.containers;

import jakarta.servlet.ServletContext;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** A servlet container, and the ways to set it up. */
public interface Container {

    /**
     * How long a container is to keep a connection on which nothing happens: longer than a client waits, so that an answer
     * which is forgotten is found, and not ended by a clock of the container's.
     */
    int IDLE_MILLIS = 2 * Client.TIMEOUT_MILLIS;

    /** As the documents name it, such as {@code Tomcat 11}. */
    String name();

    /**
     * The ways to set it up: the first as it comes, but that its error pages repeat nothing of the request and that it keeps
     * connections for {@link #IDLE_MILLIS}; the others with checks of its own switched off, so that more gets to the filter.
     */
    List<String> setups();

    /**
     * The ways to set it up as it comes, but for what the documents say of encoded slashes: it lets them through then,
     * decoded or as they were sent.
     */
    List<String> slashSetups();

    /**
     * Deploys an application.
     *
     * @param application what to deploy
     * @param folder      where its files are, {@code WEB-INF/web.xml} among them
     * @param contextPath empty for the root
     * @param setup       one of {@link #setups()} or {@link #slashSetups()}
     * @throws Exception if the application does not start
     */
    Running start(WebApplication application, Path folder, String contextPath, String setup) throws Exception;

    /** A container that accepts connections until it is closed. */
    interface Running extends AutoCloseable {

        InetSocketAddress address();

        ServletContext context();
    }
}
