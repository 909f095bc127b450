package dev.keystile.sample.billing;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Customers, products and so on, at the root or behind {@code /api}, a version such as {@code /v2}, or both. Whoever comes here was
 * let in by the filter, and which rule did that is none of its business.
 */
@RestController
@RequestMapping({
    "/{type:" + BillingType.COLLECTIONS + "}",
    "/api/{type:" + BillingType.COLLECTIONS + "}",
    "/{version:v[0-9]+}/{type:" + BillingType.COLLECTIONS + "}",
    "/api/{version:v[0-9]+}/{type:" + BillingType.COLLECTIONS + "}"
})
final class BillingController {

    private static final int MAX_LISTED = 100;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final Billing billing;

    BillingController(Billing billing) {
        this.billing = billing;
    }

    @GetMapping({"", "/"})
    Page list(Optional<ApiPrincipal> caller, @PathVariable BillingType type) {
        List<BillingObject> all = mine(caller).list(type);
        return new Page("list", all.subList(0, Math.min(MAX_LISTED, all.size())), all.size() > MAX_LISTED);
    }

    @PostMapping({"", "/"})
    @ResponseStatus(HttpStatus.CREATED)
    BillingObject create(Optional<ApiPrincipal> caller, @PathVariable BillingType type, InputStream body) {
        return mine(caller).create(type, Fields.read(body));
    }

    @GetMapping({"/{id}", "/{id}/"})
    BillingObject show(Optional<ApiPrincipal> caller, @PathVariable BillingType type, @PathVariable String id) {
        return mine(caller).find(type, id);
    }

    @PutMapping({"/{id}", "/{id}/"})
    BillingObject replace(
            Optional<ApiPrincipal> caller, @PathVariable BillingType type, @PathVariable String id, InputStream body) {
        Account mine = mine(caller);
        Fields fields = Fields.read(body);
        return mine.change(type, id, object -> object.with(fields));
    }

    @PatchMapping({"/{id}", "/{id}/"})
    BillingObject change(
            Optional<ApiPrincipal> caller, @PathVariable BillingType type, @PathVariable String id, InputStream body) {
        Account mine = mine(caller);
        Fields fields = Fields.read(body);
        return mine.change(type, id, object -> object.with(object.fields().mergedWith(fields)));
    }

    @DeleteMapping({"/{id}", "/{id}/"})
    Deleted delete(Optional<ApiPrincipal> caller, @PathVariable BillingType type, @PathVariable String id) {
        BillingObject deleted = mine(caller).delete(type, id);
        return new Deleted(deleted.id(), deleted.type().object(), deleted.live(), true);
    }

    @RequestMapping(
            path = {"", "/"},
            method = {RequestMethod.PUT, RequestMethod.PATCH, RequestMethod.DELETE, RequestMethod.OPTIONS})
    ResponseEntity<Problem> noMethodOfAll(Optional<ApiPrincipal> caller) {
        mine(caller);
        return methodNotAllowed("GET, HEAD, POST");
    }

    @RequestMapping(
            path = {"/{id}", "/{id}/"},
            method = {RequestMethod.POST, RequestMethod.OPTIONS})
    ResponseEntity<Problem> noMethodOfOne(Optional<ApiPrincipal> caller) {
        mine(caller);
        return methodNotAllowed("GET, HEAD, PUT, PATCH, DELETE");
    }

    private static ResponseEntity<Problem> methodNotAllowed(String allow) {
        return ResponseEntity.status(METHOD_NOT_ALLOWED)
                .header(HttpHeaders.ALLOW, allow)
                .body(Problem.of(METHOD_NOT_ALLOWED, "Expected one of the methods " + allow + "."));
    }

    /** An API whose paths all need a key would take an {@link ApiPrincipal}; a contract may open these to everybody. */
    private Account mine(Optional<ApiPrincipal> caller) {
        return billing.of(caller.orElseThrow(NobodyException::new));
    }

    /** Without a key there is no data to speak of. */
    private static final class NobodyException extends RuntimeException {}

    @ExceptionHandler(NobodyException.class)
    @ResponseStatus(HttpStatus.OK)
    Echo echo(HttpServletRequest request) {
        return Echo.of(request, Optional.empty());
    }
}
