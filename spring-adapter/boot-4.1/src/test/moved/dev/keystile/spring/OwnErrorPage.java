package dev.keystile.spring;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** An error page of the application's: Boot's interface for it moved. */
@RestController
class OwnErrorPage implements ErrorController {

    @RequestMapping("/oops")
    String page(HttpServletRequest request) {
        return "own page: " + request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
    }
}
