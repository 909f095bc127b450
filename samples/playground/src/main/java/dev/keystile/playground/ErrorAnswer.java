package dev.keystile.playground;

import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * What Jetty answers by itself: the name of the status as JSON, and nothing of the request or of an exception. Jetty's own
 * page repeats the target, in which a key may stand, and shows stacks.
 */
final class ErrorAnswer extends ErrorHandler {

    ErrorAnswer() {
        setCacheControl("no-store");
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int status,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        String type = status < 500 ? "invalid_request_error" : "server_error";
        String body = "{\"error\":{\"type\":\"" + type + "\",\"message\":\"" + HttpStatus.getMessage(status) + ".\"}}";
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, StandardCharsets.UTF_8.encode(body), callback);
    }
}
