package dev.keystile.sample.invoices;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.spring.RequireScope;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Invoices {

    @GetMapping("/v1/invoices")
    @RequireScope("invoices:read")
    List<String> list(ApiPrincipal caller) {
        return List.of("an invoice of " + caller.account() + ", " + caller.environment());
    }
}
