package dev.keystile.spring;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** An application with one of each: what annotations, rules, both and neither speak of. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({
    Billing.Invoices.class,
    Billing.Reports.class,
    Billing.Pages.class,
    Billing.Items.class,
    Billing.Advice.class,
})
class Billing {

    /** Named with more than one word, so that it shows how the application writes its JSON. */
    record Invoice(String accountName, String environment) {}

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @RequireScope("invoices:write")
    @interface WritesInvoices {}

    @RestController
    @RequestMapping("/v1/invoices")
    static class Invoices {

        @GetMapping
        @RequireScope("invoices:read")
        Invoice list(ApiPrincipal caller) {
            return new Invoice(caller.account(), caller.environment().name());
        }

        @PostMapping
        @WritesInvoices
        String create() {
            return "created";
        }

        @GetMapping("/{id}")
        @RequireScope(anyOf = {"invoices:read", "invoices:write"})
        String show(@PathVariable("id") String id) {
            return "invoice " + id;
        }

        /** Under the rule of the settings for all of {@code /v1}. */
        @DeleteMapping("/{id}")
        String delete(@PathVariable("id") String id) {
            return "deleted " + id;
        }

        @GetMapping("/slow")
        @RequireScope("invoices:read")
        Callable<String> slow(HttpServletRequest request) {
            return () -> "asynchronous, " + Thread.currentThread().isDaemon() + request.isAsyncStarted();
        }

        @GetMapping("/forwarded")
        @RequireScope("invoices:write")
        void forwarded(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
            request.getRequestDispatcher("/v1/invoices").forward(request, response);
        }

        @GetMapping("/including")
        @RequireScope("invoices:read")
        void including(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
            request.getRequestDispatcher("/v1/invoices/7").include(request, response);
        }

        @GetMapping("/broken")
        @RequireScope("invoices:read")
        String broken() {
            throw new UnsupportedOperationException("the application's own failure");
        }

        @GetMapping("/gone")
        @RequireScope("invoices:read")
        void gone(HttpServletResponse response) throws IOException {
            response.sendError(410, "gone for good");
        }
    }

    /** What a controller of it demands is said here. */
    @RequireScope("reports:read")
    interface ReportApi {

        @RequireScope("reports:write")
        String make();
    }

    @RestController
    @RequestMapping("/v1/reports")
    static class Reports implements ReportApi {

        @GetMapping
        String list() {
            return "reports";
        }

        @Override
        @PostMapping
        public String make() {
            return "made";
        }
    }

    @RestController
    static class Pages {

        @GetMapping("/health")
        String health(Optional<ApiPrincipal> caller) {
            return caller.map(ApiPrincipal::account).orElse("nobody");
        }

        /** Under the rule of the settings for all of {@code /v1}. */
        @GetMapping("/v1/thread")
        String thread() {
            return Thread.currentThread().toString();
        }

        /** Mapped after the start, by the test. */
        @RequireScope("invoices:write")
        public String later() {
            return "later";
        }

        /** No rule speaks of it. */
        @GetMapping("/forgotten")
        String forgotten() {
            return "forgotten";
        }
    }

    /** Paths that no rule tells apart. */
    @RestController
    @RequestMapping("/v1/items")
    static class Items {

        @GetMapping("/{id:[0-9]+}")
        @RequireScope("items:read")
        String number(@PathVariable("id") String id) {
            return "number " + id;
        }

        @GetMapping("/{name:[a-z]+}")
        @RequireScope("names:read")
        String name(@PathVariable("name") String name) {
            return "name " + name;
        }

        @GetMapping(path = "/all", headers = "X-Full=yes")
        @RequireScope({"items:read", "names:read"})
        String full() {
            return "full";
        }

        @GetMapping(path = "/all", headers = "!X-Full")
        @RequireScope("items:read")
        String some() {
            return "some";
        }
    }

    @RestControllerAdvice
    static class Advice {

        @ExceptionHandler(UnsupportedOperationException.class)
        @ResponseStatus(HttpStatus.NOT_IMPLEMENTED)
        String unsupported(UnsupportedOperationException failure) {
            return "advice: " + failure.getMessage();
        }
    }
}
