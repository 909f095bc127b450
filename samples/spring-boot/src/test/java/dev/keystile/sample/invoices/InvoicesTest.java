package dev.keystile.sample.invoices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

/** The application that README and guide show, word for word. */
final class InvoicesTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @Test
    void application_guardsWhatYamlAndAnnotationSay() throws Exception {
        try (ConfigurableApplicationContext context =
                InvoicesApplication.builder().run("--server.port=0", "--server.address=127.0.0.1")) {
            String reader = key(context, "invoices:read");

            assertThat(ask(context, "GET", reader).body()).isEqualTo("[\"an invoice of acct_1, live\"]");
            assertThat(ask(context, "GET", "").statusCode()).isEqualTo(401);
            assertThat(ask(context, "POST", reader).statusCode()).isEqualTo(403);
            assertThat(ask(context, "GET", key(context, "invoices:write")).statusCode())
                    .isEqualTo(403);
        }
    }

    private static String key(ConfigurableApplicationContext context, String scope) {
        return context.getBean(KeyManager.class)
                .issue(
                        NewKey.of("acct_1", "test", KeyEnvironment.LIVE)
                                .scopes(scope)
                                .build(),
                        new Actor.Operator("test"))
                .revealOnce();
    }

    private static HttpResponse<String> ask(ConfigurableApplicationContext context, String method, String key)
            throws IOException, InterruptedException {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/invoices"))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (!key.isEmpty()) {
            request.header("x-api-key", key);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource({
        "README.md,      yaml, resources/invoices.yml,                              keystile:",
        "docs/spring.md, yaml, resources/invoices.yml,                              keystile:",
        "README.md,      Java, java/dev/keystile/sample/invoices/Invoices.java,     @RestController",
        "docs/spring.md, Java, java/dev/keystile/sample/invoices/Invoices.java,     @RestController"
    })
    void document_showsTheSample(String document, String language, String source, String start) throws IOException {
        String whole = Files.readString(Path.of("src/main").resolve(source));
        List<String> blocks = Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../..").resolve(document)))
                .results()
                .map(it -> it.group(1))
                .toList();

        assertThat(blocks).contains(whole.substring(whole.indexOf(start)));
    }
}
