package dev.keystile.bucket4j;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.Rule;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Applications behind the filter, on Jetty, whose limits are counted in one Redis. */
@Timeout(60)
final class FilterOverRedisTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final RedisStore redis = new RedisStore();
    private final KeyStore keys = KeyStore.inMemory();
    private final List<Application> applications = new ArrayList<>();

    /** One node: an application of its own, with a limiter of its own. */
    private record Application(Server server, Keystile keystile) {

        HttpResponse<String> get(String path, String key) throws Exception {
            return getFrom("127.0.0.1", path, key);
        }

        /** Through a proxy, which is trusted. */
        HttpResponse<String> getFrom(String address, String path, String key) throws Exception {
            int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
            return CLIENT.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .header("Authorization", "Bearer " + key)
                            .header("X-Forwarded-For", address)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }

        int status(String path, String key) throws Exception {
            return get(path, key).statusCode();
        }

        /** How many are let through until one is not. */
        int admitted(String path, String key) throws Exception {
            int admitted = 0;
            int status = status(path, key);
            while (status == 200) {
                admitted++;
                assertThat(admitted)
                        .as("admitted, of which no limit here takes so many")
                        .isLessThan(1000);
                status = status(path, key);
            }
            assertThat(status).isEqualTo(429);
            return admitted;
        }
    }

    private static final class Hello extends HttpServlet {

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(200);
        }
    }

    private Application start(Plan... plans) throws Exception {
        Keystile keystile = Keystile.builder(keys)
                .prefixes(KeyPrefix.secret("acme_live_", LIVE), KeyPrefix.secret("acme_test_", TEST))
                .rules(ScopePolicy.builder()
                        .rule(Rule.parse("items", "GET /items authenticated"))
                        .rule(Rule.parse("export", "GET /export authenticated cost=4"))
                        .rule(Rule.parse("daily", "GET /reports/daily authenticated limit=reports"))
                        .rule(Rule.parse("weekly", "GET /reports/weekly authenticated limit=reports"))
                        .rule(Rule.parse("health", "GET /health public"))
                        .build())
                .plans(plans)
                .defaultPlan(plans[0].name())
                .limits(RateLimit.perDay(3).named("reports"))
                .limiter(ProxyManagerRateLimiter.over(redis.node()))
                .trustedProxies(TrustedProxies.of(TrustedProxies.Header.X_FORWARDED_FOR, "127.0.0.1"))
                .build();
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        context.addEventListener(new ServletContextListener() {
            @Override
            public void contextInitialized(ServletContextEvent event) {
                FilterRegistration.Dynamic filter =
                        event.getServletContext().addFilter("keystile", new KeystileFilter(keystile));
                filter.setAsyncSupported(true);
                filter.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
            }
        });
        context.addServlet(new ServletHolder(new Hello()), "/*");
        server.setHandler(context);
        server.start();
        Application application = new Application(server, keystile);
        applications.add(application);
        return application;
    }

    @AfterEach
    void stop() throws Exception {
        for (Application application : applications) {
            application.server().stop();
            application.keystile().close();
        }
        redis.close();
    }

    private static String issue(Application application, String account, KeyEnvironment environment) {
        return application
                .keystile()
                .keyManager()
                .issue(NewKey.of(account, "a key", environment).build(), new Actor.Operator("test"))
                .revealOnce();
    }

    @Test
    void twoNodes_countTogether_andTellIt() throws Exception {
        Plan plan = Plan.of("starter", RateLimit.perDay(10).burst(8));
        Application one = start(plan);
        Application other = start(plan);
        String key = issue(one, "acct_1", LIVE);

        for (int left = 9; left >= 2; left--) {
            HttpResponse<String> admitted = (left % 2 == 0 ? one : other).get("/items", key);
            assertThat(admitted.statusCode()).isEqualTo(200);
            assertThat(admitted.headers().firstValue("X-RateLimit-Limit")).contains("10");
            assertThat(admitted.headers().firstValue("X-RateLimit-Remaining")).contains(Integer.toString(left));
        }

        for (Application node : applications) {
            HttpResponse<String> denied = node.get("/items", key);
            assertThat(denied.statusCode()).isEqualTo(429);
            // One of ten a day, less what has passed of it.
            assertThat(denied.headers().firstValueAsLong("Retry-After").orElseThrow())
                    .isBetween(8640L - 60, 8640L);
        }
    }

    @Test
    void planThatIsChanged_reachesKeysThatExist_atOnce() throws Exception {
        Application before = start(Plan.of("starter", RateLimit.perDay(10)));
        String key = issue(before, "acct_1", LIVE);
        assertThat(before.admitted("/items", key)).isEqualTo(10);

        Application after = start(Plan.of("starter", RateLimit.perDay(20)));

        assertThat(after.admitted("/items", key)).isEqualTo(20);
        assertThat(before.status("/items", key))
                .as("going back refunds nothing")
                .isEqualTo(429);
    }

    @Test
    void requestThatCostsMore_takesItsCost() throws Exception {
        Application application = start(Plan.of("starter", RateLimit.perDay(10)));
        String key = issue(application, "acct_1", LIVE);

        assertThat(application.admitted("/export", key)).isEqualTo(2);
        assertThat(application.admitted("/items", key)).isEqualTo(2);
    }

    @Test
    void limitPerKey_countsForEachKey() throws Exception {
        Application application = start(Plan.of("starter", RateLimit.perDay(5)));

        assertThat(application.admitted("/items", issue(application, "acct_1", LIVE)))
                .isEqualTo(5);
        assertThat(application.admitted("/items", issue(application, "acct_1", LIVE)))
                .isEqualTo(5);
    }

    @Test
    void limitPerAccount_countsForItsKeysTogether_inEachEnvironment() throws Exception {
        Application application = start(Plan.parse("starter", "5/1d per account"));
        String first = issue(application, "acct_1", LIVE);
        String second = issue(application, "acct_1", LIVE);

        assertThat(application.status("/items", first)).isEqualTo(200);
        assertThat(application.admitted("/items", second)).isEqualTo(4);
        assertThat(application.admitted("/items", issue(application, "acct_1", TEST)))
                .isEqualTo(5);
        assertThat(application.admitted("/items", issue(application, "acct_2", LIVE)))
                .isEqualTo(5);
    }

    @Test
    void limitPerAddress_countsForEachClientBehindTheProxy_overAllNodes() throws Exception {
        Plan plan = Plan.parse("web", "4/1d per address");
        Application one = start(plan);
        Application other = start(plan);
        String key = issue(one, "acct_1", LIVE);

        for (int left = 3; left >= 0; left--) {
            HttpResponse<String> admitted =
                    (left % 2 == 0 ? one : other).getFrom("198.51.100." + left + ", 203.0.113.1", "/items", key);
            assertThat(admitted.statusCode()).isEqualTo(200);
            assertThat(admitted.headers().firstValue("X-RateLimit-Remaining")).contains(Integer.toString(left));
        }

        for (Application node : applications) {
            assertThat(node.getFrom("203.0.113.1", "/items", key).statusCode()).isEqualTo(429);
        }
        assertThat(other.getFrom("203.0.113.2", "/items", key).statusCode()).isEqualTo(200);
        assertThat(one.getFrom("203.0.113.1", "/items", issue(one, "acct_2", LIVE))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void limitOfRules_countsOverAllThatNameIt_besideThePlan() throws Exception {
        Application application = start(Plan.parse("starter", "minute 1000/1m burst 100, day 8/1d"));
        String key = issue(application, "acct_1", LIVE);

        assertThat(application.status("/reports/daily", key)).isEqualTo(200);
        assertThat(application.admitted("/reports/weekly", key)).isEqualTo(2);
        assertThat(application.status("/reports/daily", key)).isEqualTo(429);
        assertThat(application.admitted("/items", key))
                .as("what the plan has left: those refused took nothing")
                .isEqualTo(5);
    }

    @Test
    void storeGone_isA503_thatLetsNobodyThrough() throws Exception {
        Application application = start(Plan.of("starter", RateLimit.perDay(10)));
        String key = issue(application, "acct_1", LIVE);
        assertThat(application.status("/items", key)).isEqualTo(200);

        redis.kill();
        HttpResponse<String> unavailable = application.get("/items", key);

        assertThat(unavailable.statusCode()).isEqualTo(503);
        assertThat(unavailable.headers().firstValue("Retry-After")).isPresent();
        assertThat(application.status("/health", key)).isEqualTo(200);
    }
}
