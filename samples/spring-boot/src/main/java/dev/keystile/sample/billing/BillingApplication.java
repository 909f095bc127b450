package dev.keystile.sample.billing;

import dev.keystile.playground.Main;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The billing API. The keys are in its {@code DataSource}, and people manage them in the console. */
@SpringBootApplication(proxyBeanMethods = false)
public class BillingApplication {

    /** Called by Spring. */
    public BillingApplication() {}

    /** Starts it with a contract and keys to try, as {@code samples/run --app spring-boot} does. */
    public static void main(String[] arguments) {
        Main.main(arguments);
    }
}
