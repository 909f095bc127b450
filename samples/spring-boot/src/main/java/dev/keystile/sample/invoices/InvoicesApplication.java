package dev.keystile.sample.invoices;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Invoices behind Keystile. Its properties are in {@code invoices.yml}, for {@code application.yml} is the billing API's. */
@SpringBootApplication(proxyBeanMethods = false)
public class InvoicesApplication {

    /** Called by Spring. */
    public InvoicesApplication() {}

    /** Runs until it is told to end. */
    public static void main(String[] arguments) {
        builder().run(arguments);
    }

    static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(InvoicesApplication.class).properties("spring.config.name=invoices");
    }
}
