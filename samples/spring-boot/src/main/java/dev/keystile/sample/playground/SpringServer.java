package dev.keystile.sample.playground;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.Keystile;
import dev.keystile.config.Settings;
import dev.keystile.playground.Server;
import dev.keystile.playground.StartRefusedException;
import dev.keystile.playground.members.DemoMembers;
import dev.keystile.sample.billing.BillingApplication;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** Serves the billing API of Spring Boot: the settings of a contract become properties of its environment. */
public final class SpringServer implements Server {

    /** What says in Spring where the database of the application is, by what says it in a contract. */
    private static final Map<String, String> DATA_SOURCE = Map.of(
            "store.url", "spring.datasource.url",
            "store.user", "spring.datasource.username",
            "store.password", "spring.datasource.password",
            "store.pool-size", "spring.datasource.hikari.maximum-pool-size");

    private static final String NO_DATA_SOURCE =
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration,"
                    + "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration";

    /** Called by whoever looks for services. */
    public SpringServer() {}

    /** {@inheritDoc} */
    @Override
    public Running start(Wanted wanted) throws StartRefusedException {
        SpringApplication application = new SpringApplication(BillingApplication.class);
        // The playground ends it with itself, and tells in its own words why it does not start.
        application.setRegisterShutdownHook(false);
        application.setDefaultProperties(Map.of("logging.level.org.springframework.boot", "off"));
        application.addInitializers(context -> {
            context.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("contract", properties(wanted)));
            ((GenericApplicationContext) context)
                    .registerBean("playground", ServletContextInitializer.class, () -> servletContext -> {
                        servletContext.setAttribute(DemoMembers.KEY_ATTRIBUTES, wanted.attributes());
                        wanted.more().onStartup(Set.of(), servletContext);
                    });
        });
        try {
            return new Served(application.run(), new CountDownLatch(1));
        } catch (RuntimeException failure) {
            throw refusal(failure, wanted.port());
        }
    }

    private static Map<String, Object> properties(Wanted wanted) {
        Map<String, String> settings = settings(wanted.settings());
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("server.port", wanted.port());
        boolean database = settings.containsKey("store.url");
        String url = settings.getOrDefault("store.url", "");
        if (url.startsWith("jdbc:h2:") && !url.contains("AUTO_SERVER") && !url.contains("DB_CLOSE_ON_EXIT")) {
            // Else H2 closes it as the process is told to end, under requests and what was counted of them.
            properties.put("spring.datasource.hikari.data-source-properties.DB_CLOSE_ON_EXIT", "FALSE");
        }
        settings.forEach((name, value) -> {
            String property = database ? DATA_SOURCE.get(name) : null;
            properties.put(property == null ? "keystile." + name : property, value);
        });
        if (!database) {
            properties.put("spring.autoconfigure.exclude", NO_DATA_SOURCE);
        }
        return properties;
    }

    private static Map<String, String> settings(String text) {
        try {
            return Settings.read(new StringReader(text)).values();
        } catch (IOException impossible) {
            throw new UncheckedIOException("a text can be read", impossible);
        }
    }

    private static StartRefusedException refusal(RuntimeException failure, int port) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PortInUseException) {
                return StartRefusedException.portTaken(port);
            }
            if (cause instanceof InvalidConfigurationException) {
                return StartRefusedException.failed(String.valueOf(cause.getMessage()));
            }
        }
        return StartRefusedException.failed("the application does not start: " + rootOf(failure));
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            root = cause;
        }
        return root;
    }

    private record Served(ConfigurableApplicationContext context, CountDownLatch closed) implements Running {

        @Override
        public int port() {
            return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        }

        @Override
        public Keystile keystile() {
            return context.getBean(Keystile.class);
        }

        @Override
        public void join() throws InterruptedException {
            closed.await();
        }

        @Override
        public void close() {
            context.close();
            closed.countDown();
        }
    }
}
