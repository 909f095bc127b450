package dev.keystile.sample.billing;

import dev.keystile.decision.ApiPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/** Whatever else a contract has a rule for. */
@RestController
final class EchoController {

    /** OPTIONS has to be named: Spring answers it itself where no method is. */
    @RequestMapping(
            path = "/**",
            method = {
                RequestMethod.GET,
                RequestMethod.POST,
                RequestMethod.PUT,
                RequestMethod.PATCH,
                RequestMethod.DELETE,
                RequestMethod.OPTIONS
            })
    Echo echo(HttpServletRequest request, Optional<ApiPrincipal> caller) {
        return Echo.of(request, caller);
    }
}
