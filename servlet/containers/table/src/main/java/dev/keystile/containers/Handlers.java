package dev.keystile.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/** The servlets of the application. */
final class Handlers {

    /** What a handler answers. */
    static final String REACHED = "REACHED";

    /** What a handler wrote before it did something else. */
    static final String WRITTEN = "WRITTEN BEFORE";

    static final String ERROR_PAGE = "ERROR PAGE";

    private static final String TO = "to";

    private Handlers() {}

    /** Stands for every handler that just answers, and for the error pages. */
    public static final class Answering extends HttpServlet {

        static final String NAME = "answering";

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Reach.ofHandler(request);
            if (request.getDispatcherType() != DispatcherType.INCLUDE) {
                response.setContentType("text/plain");
            }
            if (request.getContentLength() > 0 || request.getHeader("Transfer-Encoding") != null) {
                request.getInputStream().readAllBytes();
            }
            response.getWriter().write(request.getDispatcherType() == DispatcherType.ERROR ? ERROR_PAGE : REACHED);
        }
    }

    /**
     * Does what the request tells it, such as dispatching to any path: an application could not be more careless, and
     * still there is no way past the filter.
     */
    public static final class Acting extends HttpServlet {

        private static final int ASYNC_TIMEOUT_MILLIS = 200;
        private static final String TIMES = "table.times";
        private static final int MOST_TIMES = 4;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            Reach.ofHandler(request);
            if (!isAmongTheFirst(request)) {
                response.sendError(HttpServletResponse.SC_NOT_FOUND);
                return;
            }
            String path = request.getServletPath();
            boolean errorPage = request.getDispatcherType() == DispatcherType.ERROR;
            String what = Optional.ofNullable(request.getParameter(errorPage ? "then" : "how"))
                    .orElse(path.substring(path.lastIndexOf('/') + 1));
            switch (what) {
                case "forward" -> dispatcher(request).forward(request, response);
                case "forward-after-write" -> {
                    response.getWriter().write(WRITTEN);
                    dispatcher(request).forward(request, response);
                }
                case "forward-after-flush" -> {
                    writeAndFlush(response);
                    dispatcher(request).forward(request, response);
                }
                case "include" -> dispatcher(request).include(request, response);
                case "forward-caught", "include-caught" -> {
                    try {
                        if (what.startsWith("forward")) {
                            dispatcher(request).forward(request, response);
                        } else {
                            dispatcher(request).include(request, response);
                        }
                    } catch (ServletException ignored) {
                        // As careless applications do.
                    }
                    response.getWriter().write(WRITTEN);
                }
                case "include-after-flush" -> {
                    writeAndFlush(response);
                    dispatcher(request).include(request, response);
                }
                case "async-self" -> {
                    if (request.getDispatcherType() == DispatcherType.ASYNC) {
                        response.getWriter().write(REACHED);
                    } else {
                        started(request.startAsync()).dispatch();
                    }
                }
                case "named-forward" -> answering().forward(request, response);
                case "named-include" -> answering().include(request, response);
                case "throw" -> throw new ServletException("thrown on purpose");
                case "throw-runtime" -> throw new IllegalStateException("thrown on purpose");
                case "throw-error" -> throw new AssertionError("thrown on purpose");
                case "throw-after-write" -> {
                    response.getWriter().write(WRITTEN);
                    throw new ServletException("thrown on purpose");
                }
                case "throw-after-flush" -> {
                    writeAndFlush(response);
                    throw new ServletException("thrown on purpose");
                }
                case "senderror" -> response.sendError(code(request));
                case "senderror-after-flush" -> {
                    writeAndFlush(response);
                    response.sendError(code(request));
                }
                case "status" -> response.setStatus(code(request));
                case "reset" -> {
                    response.getWriter().write(WRITTEN);
                    response.reset();
                    response.getWriter().write(REACHED);
                }
                default -> {
                    if (what.startsWith("async")) {
                        actLater(what, request, response);
                    } else {
                        response.sendError(HttpServletResponse.SC_NOT_FOUND);
                    }
                }
            }
        }

        /** A dispatch may lead here again, and from here to the same dispatch. */
        private static boolean isAmongTheFirst(HttpServletRequest request) {
            int times =
                    (Integer) Optional.ofNullable(request.getAttribute(TIMES)).orElse(0);
            request.setAttribute(TIMES, times + 1);
            return times < MOST_TIMES;
        }

        private static void actLater(String what, HttpServletRequest request, HttpServletResponse response) {
            String to = String.valueOf(request.getParameter(TO));
            AsyncContext async = started(
                    what.equals("async-given") || what.equals("async-complete")
                            ? request.startAsync(request, response)
                            : request.startAsync());
            switch (what) {
                case "async", "async-given" -> dispatch(async, to);
                case "async-thread" -> async.start(() -> dispatch(async, to));
                case "async-complete" -> async.start(() -> complete(async));
                case "async-throw" -> {
                    async.setTimeout(ASYNC_TIMEOUT_MILLIS);
                    async.start(() -> {
                        throw new IllegalStateException("thrown on purpose");
                    });
                }
                case "async-timeout" -> async.setTimeout(ASYNC_TIMEOUT_MILLIS);
                case "async-timeout-dispatch" -> {
                    async.setTimeout(ASYNC_TIMEOUT_MILLIS);
                    async.addListener(new DispatchingOnTimeout(to));
                }
                default -> throw new IllegalArgumentException(what);
            }
        }

        /** No clock of the container ends what is forgotten, unless that is what is asked for. */
        private static AsyncContext started(AsyncContext async) {
            async.setTimeout(0);
            return async;
        }

        /**
         * Dispatches, and answers nothing where the container will not. Thrown further it would not be seen on a thread of the
         * application's; and on its own, Undertow ends such an answer on two threads at once and at times loses it.
         */
        private static void dispatch(AsyncContext async, String to) {
            try {
                async.dispatch(to);
            } catch (RuntimeException refused) {
                async.complete();
            }
        }

        private static void complete(AsyncContext async) {
            try {
                async.getResponse().getWriter().write(REACHED);
            } catch (IOException gone) {
                throw new IllegalStateException(gone);
            } finally {
                async.complete();
            }
        }

        private RequestDispatcher answering() {
            return getServletContext().getNamedDispatcher(Answering.NAME);
        }

        private static RequestDispatcher dispatcher(HttpServletRequest request) throws ServletException {
            String to = request.getParameter(TO);
            RequestDispatcher dispatcher = to == null ? null : request.getRequestDispatcher(to);
            if (dispatcher == null) {
                throw new ServletException("there is no dispatcher for this path");
            }
            return dispatcher;
        }

        private static void writeAndFlush(HttpServletResponse response) throws IOException {
            response.getWriter().write(WRITTEN);
            response.flushBuffer();
        }

        private static int code(HttpServletRequest request) {
            return Integer.parseInt(String.valueOf(request.getParameter("code")));
        }
    }

    private record DispatchingOnTimeout(String to) implements AsyncListener {

        @Override
        public void onTimeout(AsyncEvent event) {
            event.getAsyncContext().dispatch(to);
        }

        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}
