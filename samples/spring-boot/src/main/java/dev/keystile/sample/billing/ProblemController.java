package dev.keystile.sample.billing;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.server.ResponseStatusException;

/** What is wrong, as JSON that repeats nothing of the request, in which a key may stand. */
@RestController
@RestControllerAdvice
final class ProblemController {

    private static final String PROBLEM = ProblemController.class.getName() + ".problem";

    @ExceptionHandler(ResponseStatusException.class)
    ResponseEntity<Problem> problem(ResponseStatusException refused, HttpServletRequest request) {
        int status = refused.getStatusCode().value();
        Problem problem = Problem.of(status, String.valueOf(refused.getReason()));
        // To a body in broken chunks Tomcat answers by an error page, whatever is written here.
        request.setAttribute(PROBLEM, problem);
        return ResponseEntity.status(status).body(problem);
    }

    /** The error page. It goes before that of Boot, which names no methods. */
    @RequestMapping(
            path = "/error",
            method = {
                RequestMethod.GET,
                RequestMethod.POST,
                RequestMethod.PUT,
                RequestMethod.PATCH,
                RequestMethod.DELETE,
                RequestMethod.OPTIONS
            })
    ResponseEntity<Object> page(HttpServletRequest request, Optional<ApiPrincipal> caller) {
        if (request.getDispatcherType() != DispatcherType.ERROR) {
            return ResponseEntity.ok(Echo.of(request, caller));
        }
        Object told = request.getAttribute(PROBLEM);
        int status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code ? code : 500;
        HttpStatus known = HttpStatus.resolve(status);
        String message = known == null ? "Error " + status : known.getReasonPhrase();
        return ResponseEntity.status(status)
                .cacheControl(CacheControl.noStore())
                .body(told == null ? Problem.of(status, message + ".") : told);
    }
}
