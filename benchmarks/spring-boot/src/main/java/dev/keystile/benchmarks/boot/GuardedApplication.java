package dev.keystile.benchmarks.boot;

import dev.keystile.Keystile;
import dev.keystile.benchmarks.Answer;
import dev.keystile.benchmarks.Call;
import dev.keystile.benchmarks.SpringSecurityRecipe;
import dev.keystile.benchmarks.Workload;
import dev.keystile.key.TimeSource;
import dev.keystile.spring.KeystileAutoConfiguration;
import jakarta.servlet.Filter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;

/**
 * A Spring Boot application with one controller, guarded by what its profile says: {@code none}, {@code keystile} or
 * {@code spring-security}.
 *
 * <p>It writes the requests it admits into a file, a line {@code <method> <path> <key>} each, prints {@code READY <port>}, and
 * ends with its input.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class GuardedApplication {

    private static final String BEARER = "Bearer ";

    /** @param args the profile, how many keys there are, and the file to write */
    public static void main(String[] args) throws Exception {
        SpringApplication application = new SpringApplication(GuardedApplication.class, Invoices.class);
        application.setAdditionalProfiles(args[0]);
        application.setDefaultProperties(Map.of(
                "keys", args[1],
                "spring.autoconfigure.exclude",
                        args[0].equals("keystile") ? "" : KeystileAutoConfiguration.class.getName(),
                "logging.level.root", "warn",
                "server.port", "0",
                "spring.main.banner-mode", "off"));
        try (ConfigurableApplicationContext context = application.run()) {
            List<String> lines = new ArrayList<>();
            for (Call call : context.getBean(Workload.class).calls(Answer.HIT)) {
                String key = call.authorizations().get(0).substring(BEARER.length());
                lines.add(call.method() + " " + call.path() + " " + key);
            }
            Files.write(Path.of(args[2]), lines);
            System.out.println("READY " + context.getEnvironment().getProperty("local.server.port"));
            while (System.in.read() >= 0) {
                // Until whoever started it is gone.
            }
        }
    }

    @Bean
    Workload workload(@Value("${keys}") int keys) {
        return new Workload(keys, TimeSource.system());
    }

    /** As {@code keystile-spring} sets itself up, over the facade that issued the keys. */
    @Configuration(proxyBeanMethods = false)
    @Profile("keystile")
    static class ByKeystile {

        @Bean(destroyMethod = "")
        Keystile keystile(Workload workload) {
            return workload.keystile();
        }
    }

    /** The recipe, where Spring Boot puts a security chain. */
    @Configuration(proxyBeanMethods = false)
    @Profile("spring-security")
    static class BySpringSecurity {

        @Bean
        FilterRegistrationBean<Filter> chain(Workload workload) {
            FilterRegistrationBean<Filter> chain = new FilterRegistrationBean<>(SpringSecurityRecipe.open(workload));
            chain.setOrder(-100);
            return chain;
        }
    }

    /** What is guarded. */
    @RestController
    static class Invoices {

        @RequestMapping(
                path = "/v1/{resource}/{id}",
                method = {RequestMethod.GET, RequestMethod.POST})
        Invoice invoice(@PathVariable String resource, @PathVariable String id) {
            return new Invoice(id, resource, "paid", 1999);
        }
    }

    /** What is answered. */
    record Invoice(String id, String object, String status, long amount) {}
}
