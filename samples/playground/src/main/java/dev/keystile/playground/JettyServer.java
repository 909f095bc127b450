package dev.keystile.playground;

import dev.keystile.Keystile;
import dev.keystile.playground.members.DemoMembers;
import java.io.IOException;
import org.eclipse.jetty.ee10.servlet.ServletContainerInitializerHolder;

/** Serves the application as a folder with a web.xml. */
final class JettyServer implements Server {

    @Override
    public Running start(Wanted wanted) throws StartRefusedException {
        try {
            WebApplication application = WebApplication.write(wanted.settings());
            try {
                WebServer server = WebServer.start(application.folder(), wanted.port(), context -> {
                    context.setAttribute(DemoMembers.KEY_ATTRIBUTES, wanted.attributes());
                    context.addServletContainerInitializer(new ServletContainerInitializerHolder(wanted.more()));
                });
                return new Served(application, server);
            } catch (StartRefusedException | RuntimeException failure) {
                application.close();
                throw failure;
            }
        } catch (IOException unwritable) {
            throw StartRefusedException.failed("the application cannot be written: " + unwritable);
        }
    }

    private record Served(WebApplication application, WebServer server) implements Running {

        @Override
        public int port() {
            return server.port();
        }

        @Override
        public Keystile keystile() {
            return server.keystile();
        }

        @Override
        public void join() throws InterruptedException {
            server.join();
        }

        @Override
        public void close() {
            server.close();
            try {
                application.close();
            } catch (IOException left) {
                // A temporary folder that stays harms nobody.
            }
        }
    }
}
