package dev.keystile.playground;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;

/** The ways in which an application can end a request, each at a path of the payments. */
final class OddServlets {

    private OddServlets() {}

    private interface Handler {

        void handle(HttpServletRequest request, HttpServletResponse response) throws IOException;
    }

    static void addTo(Set<Class<?>> classes, ServletContext application) {
        add(application, "throws", (request, response) -> {
            throw new IllegalStateException("on purpose");
        });
        add(application, "throws-late", (request, response) -> {
            response.getWriter().print("half an answer");
            throw new IllegalStateException("on purpose, behind an answer that was not sent yet");
        });
        add(application, "send-error", (request, response) -> response.sendError(404));
        add(application, "send-error-text", (request, response) -> response.sendError(410, "gone"));
        add(application, "set-status", (request, response) -> response.setStatus(404));
        add(application, "reset", (request, response) -> {
            response.setHeader("X-Other", "lost");
            response.reset();
            response.getWriter().print("another answer");
        });
        add(application, "redirect", (request, response) -> response.sendRedirect("/health"));
        add(application, "forward-refused", (request, response) -> {
            try {
                request.getRequestDispatcher("/v2/finance/forwarded").forward(request, response);
            } catch (ServletException failure) {
                throw new IOException(failure);
            }
        });
        add(application, "async-complete", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.start(() -> {
                response.setStatus(202);
                async.complete();
            });
        });
        add(application, "async-dispatch", (request, response) -> {
            AsyncContext async = request.startAsync();
            async.start(() -> async.dispatch("/v2/payments/dispatched/to"));
        });
        add(application, "async-timeout", (request, response) -> {
            AsyncContext async = request.startAsync();
            // Long past the end of this call: Jetty can lose the answer to one that times out while it ends.
            async.setTimeout(250);
        });
    }

    private static void add(ServletContext application, String name, Handler handler) {
        HttpServlet servlet = new HttpServlet() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
                handler.handle(request, response);
            }
        };
        ServletRegistration.Dynamic added = application.addServlet(name, servlet);
        added.setAsyncSupported(true);
        added.addMapping("/v2/payments/" + name);
    }
}
