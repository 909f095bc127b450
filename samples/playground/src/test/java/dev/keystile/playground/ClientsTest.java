package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Challenge;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.OuterList;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients that others wrote make of challenges and of the fields that tell limits. */
final class ClientsTest {

    @TempDir
    private Path folder;

    private Started start(String contract, String... replacements) throws Exception {
        Path variant = Started.variant(contract, folder, replacements);
        return Started.in(folder.resolve("data"), variant.toString());
    }

    // --- structured fields (RFC 9651), read by org.greenbytes.http:structured-fields

    @Test
    void rateLimitFields_areStructured_andSayTheSame() throws Exception {
        try (Started started = start(
                "revkeen",
                "headers.format   = x-ratelimit",
                "headers.format = ietf, x-ratelimit",
                "plans.starter    = 60/1m burst 10",
                "plans.starter = minute 6/1m burst 4, day 1000/1d per account, odd_Name-1 500/1h burst 600")) {
            String key = started.key("live", "all");

            HttpResponse<String> first = started.get("/v2/customers", key);

            assertThat(items(first, "RateLimit-Policy"))
                    .containsExactly(
                            Map.entry("minute-burst", Map.of("q", 4L, "w", 40L)),
                            Map.entry("minute", Map.of("q", 6L, "w", 60L)),
                            Map.entry("day", Map.of("q", 1000L, "w", 86_400L)),
                            Map.entry("odd_Name-1", Map.of("q", 600L, "w", 4320L)));
            Map<String, Map<String, Long>> told = items(first, "RateLimit");
            assertThat(told).containsOnlyKeys("minute");
            assertThat(told.values())
                    .singleElement()
                    .satisfies(minute -> assertThat(minute)
                            .containsEntry("r", 5L)
                            .containsOnlyKeys("r", "t")
                            .hasEntrySatisfying("t", it -> assertThat(it).isBetween(1L, 60L)));
            assertThat(Started.number(first, "X-RateLimit-Remaining")).isEqualTo(5);

            HttpResponse<String> last = first;
            for (int i = 0; i < 10 && last.statusCode() == 200; i++) {
                last = started.get("/v2/customers", key);
            }
            assertThat(last.statusCode()).isEqualTo(429);
            Map<String, Map<String, Long>> violated = items(last, "RateLimit");
            assertThat(violated).hasSize(1);
            assertThat(violated.values().iterator().next())
                    .containsEntry("r", 0L)
                    .containsEntry("t", Started.number(last, "Retry-After"));
            assertThat(items(last, "RateLimit-Policy")).containsOnlyKeys("minute-burst", "minute", "day", "odd_Name-1");
        }
    }

    /** Strings with whole numbers for parameters, by the string. */
    private static Map<String, Map<String, Long>> items(HttpResponse<?> response, String name) {
        OuterList list = new Parser(response.headers().allValues(name)).parseList();
        Map<String, Map<String, Long>> items = new LinkedHashMap<>();
        for (ListElement<?> element : list.get()) {
            Map<String, Long> parameters = new LinkedHashMap<>();
            element.getParams().forEach((parameter, value) -> parameters.put(parameter, (Long) value.get()));
            assertThat(items.put(((StringItem) element).get(), parameters)).isNull();
        }
        return items;
    }

    // --- challenges (RFC 9110), read by OkHttp

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "recurr ; credentials  = bearer ; credentials  = bearer ; Bearer",
                "recurr ; credentials  = bearer ; credentials = bearer, basic, scheme Api-Key ; Basic Bearer Api-Key",
                "recurr ; credentials  = bearer ; credentials = header x-api-key ; ApiKey",
                "revkeen ; realm        = revkeen-api ; realm = recurr-api ; Bearer",
                "revenuecat-v1 ; realm        = revenuecat-v1 ; realm = recurr-api ; Bearer",
                "revenuecat-v2 ; realm        = revenuecat-v2 ; realm = recurr-api ; Bearer",
                "app-store ; realm        = app-store-server-api ; realm = recurr-api ; Bearer",
            })
    void challenges_areReadByOkHttp(String contract, String old, String changed, String schemes) throws Exception {
        try (Started started = start(contract, old, changed)) {
            String target = contract.equals("revkeen") ? "/v2/customers" : "/v1/customers";
            OkHttpClient client = new OkHttpClient();

            try (Response response = client.newCall(new Request.Builder()
                            .url(started.uri(target).toURL())
                            .build())
                    .execute()) {
                assertThat(response.code()).isEqualTo(401);
                assertThat(response.challenges()).extracting(Challenge::scheme).containsExactly(schemes.split(" ", -1));
                assertThat(response.challenges()).extracting(Challenge::realm).containsOnly("recurr-api");
            }
            String wrong = "Bearer " + "nonsense";
            try (Response response = client.newCall(new Request.Builder()
                            .url(started.uri(target).toURL())
                            .header("Authorization", wrong)
                            .build())
                    .execute()) {
                assertThat(response.challenges().stream()
                                .filter(it -> it.scheme().equals("Bearer"))
                                .map(it -> it.authParams().get("error")))
                        .containsExactlyElementsOf(schemes.contains("Bearer") ? List.of("invalid_token") : List.of());
            }
        }
    }

    /** An authenticator of OkHttp's answers the challenge once, with the scheme that it finds. */
    @Test
    void okHttp_authenticatesWhenItIsChallenged() throws Exception {
        try (Started started = start("recurr", "credentials  = bearer", "credentials  = bearer, basic")) {
            String key = started.key("live", "all");
            List<String> challenged = new ArrayList<>();
            OkHttpClient client = new OkHttpClient.Builder()
                    .authenticator((route, response) -> {
                        response.challenges().forEach(it -> challenged.add(it.scheme()));
                        return response.request().header("Authorization") != null
                                ? null
                                : response.request()
                                        .newBuilder()
                                        .header("Authorization", "Bearer " + key)
                                        .build();
                    })
                    .build();

            try (Response response = client.newCall(new Request.Builder()
                            .url(started.uri("/v1/customers").toURL())
                            .build())
                    .execute()) {
                assertThat(response.code()).isEqualTo(200);
            }
            assertThat(challenged).containsExactly("Basic", "Bearer");
        }
    }

    // --- the vendor's own client for Node

    /** It sends x-api-key alone. */
    @Test
    void revkeenSdk_getsIn_andReadsWhatIsRefused() throws Exception {
        NpmPackage sdk = NpmPackage.install("@revkeen/sdk", "1.20260822.1541");
        assumeTrue(sdk.isThere(), sdk.whyNot());
        try (Started started = start("revkeen", "plans.starter    = 60/1m burst 10", "plans.starter = 3/1h")) {
            String printed = sdk.run(
                    """
                const { RevKeenClient } = require('@revkeen/sdk');
                const [baseUrl, all, read] = process.argv.slice(2);
                const of = (apiKey) => new RevKeenClient({ apiKey, baseUrl });
                const tell = (call) => call.then(() => console.log('ok'),
                    (e) => console.log(e.name, e.status, e.body.error.type, e.body.error.code));
                (async () => {
                  await tell(of(all).customers.list({ limit: 10 }));
                  await tell(of(read).customers.create({ email: 'a@example.com' }));
                  await tell(of(all + 'x').customers.list());
                  await tell(of(all).customers.list());
                  await tell(of(all).customers.list());
                  await tell(of(all).customers.list());
                })();
                """, started.uri("/v2").toString(), started.key("live", "all"), started.key("live", "read"));

            assertThat(printed.lines())
                    .containsExactly(
                            "ok",
                            "RevKeenAPIError 403 authorization_error insufficient_permissions",
                            "RevKeenAPIError 401 authentication_error invalid_api_key",
                            "ok",
                            "ok",
                            "RevKeenAPIError 429 rate_limit_error rate_limit_exceeded");
        }
    }

    // --- the JDK's own client, with an authenticator

    private static HttpResponse<String> ask(Started started, String key, AtomicInteger asked) throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .authenticator(new Authenticator() {
                    @Override
                    protected PasswordAuthentication getPasswordAuthentication() {
                        asked.incrementAndGet();
                        assertThat(getRequestingPrompt()).isEqualTo("recurr-api");
                        return new PasswordAuthentication(key, new char[0]);
                    }
                })
                .build();
        return client.send(
                HttpRequest.newBuilder(started.uri("/v1/customers"))
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** It knows Basic alone, and reads the first challenge of a line; a key is the user name then. */
    @ParameterizedTest
    @CsvSource({"'basic, bearer'", "'bearer, basic'", "basic"})
    void jdkClient_withAnAuthenticator_answersBasic(String credentials) throws Exception {
        try (Started started = start("recurr", "credentials  = bearer", "credentials  = " + credentials)) {
            AtomicInteger asked = new AtomicInteger();
            HttpResponse<String> response = ask(started, started.key("live", "all"), asked);

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(asked).hasValue(1);
        }
    }

    @Test
    void jdkClient_withAWrongKey_givesUp() throws Exception {
        try (Started started = start("recurr", "credentials  = bearer", "credentials  = basic")) {
            AtomicInteger asked = new AtomicInteger();
            String wrong = WrongKeys.withChecksum(started.key("live", "all").replace("rk_live_", "rk_test_"));
            try {
                assertThat(ask(started, wrong, asked).statusCode()).isEqualTo(401);
            } catch (IOException tooManyAttempts) {
                assertThat(tooManyAttempts).hasMessageContaining("too many authentication attempts");
            }
            assertThat(asked.get()).isBetween(1, 5);
        }
    }

    /** A challenge that it does not know is an answer like any other. */
    @Test
    void jdkClient_challengedByBearer_returnsThe401() throws Exception {
        try (Started started = start("recurr", "realm        = recurr-api", "realm = recurr-api")) {
            AtomicInteger asked = new AtomicInteger();
            HttpResponse<String> response = ask(started, "unused", asked);

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).contains("Invalid or missing API key.");
            assertThat(asked).hasValue(0);
        }
    }
}
