package dev.keystile.console;

import static dev.keystile.console.ConsoleClient.at;
import static dev.keystile.console.ConsoleClient.textAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.jwt.SignedTokenFormat;
import dev.keystile.key.KeyEnvironment;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the calls of the console answer of keys that sign; the page is {@link ConsoleInBrowserTest}'s. */
final class SigningKeysTest {

    private static final String SIGNING =
            "{\"name\":\"Reports\",\"environment\":\"production\",\"signing\":true,\"service_owned\":true}";

    @SuppressWarnings("NullAway.Init")
    private TestApplication application;

    @SuppressWarnings("NullAway.Init")
    private ConsoleClient ada;

    @BeforeEach
    void start() throws Exception {
        // An environment in which there are no other keys.
        application = TestApplication.startWith(
                builder -> builder.format(SignedTokenFormat.builder("lumen-api", new KeyEnvironment("production"))
                        .build()));
        ada = ConsoleClient.of(application, "ada");
    }

    @AfterEach
    void stop() throws Exception {
        application.close();
    }

    @Test
    void session_offersTheEnvironmentsOfKeysThatSign() {
        HttpResponse<String> session = ada.get("/api/session");

        assertThat(at(session, "offer.signing")).isEqualTo(List.of("production"));
    }

    @Test
    void create_andRotate_handOutThePrivateHalfOnce_asAFile() {
        HttpResponse<String> created = ada.post("/api/keys", SIGNING);

        String id = textAt(created, "key.id");
        assertHandedOut(created, 201, id);
        HttpResponse<String> rotated = ada.post("/api/keys/" + id + "/rotate", "{\"overlap_seconds\":0}");
        assertHandedOut(rotated, 200, id);
        assertThat(textAt(rotated, "secret")).isNotEqualTo(textAt(created, "secret"));
        HttpResponse<String> shown = ada.get("/api/keys/" + id);
        assertThat(at(shown, "key.signing")).isEqualTo(true);
        assertThat(textAt(shown, "key.prefix")).isEmpty();
        assertThat(textAt(shown, "key.last_four")).isEmpty();
        assertThat(shown.body()).doesNotContain("PRIVATE KEY", "es256");
    }

    private static void assertHandedOut(HttpResponse<String> answer, int status, String id) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(textAt(answer, "secret")).startsWith("-----BEGIN PRIVATE KEY-----");
        assertThat(textAt(answer, "file_name")).isEqualTo("AuthKey_" + id + ".p8");
    }

    @Test
    void create_ofAKeyThatIsSentItself_belongsIntoNoFile() {
        HttpResponse<String> created =
                ada.post("/api/keys", "{\"name\":\"Checkout\",\"environment\":\"live\",\"service_owned\":true}");

        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(at(created, "key.signing")).isEqualTo(false);
        assertThat(at(created, "file_name")).isNull();
    }

    @Test
    void create_ofAKeyThatIsSentItself_whereAllKeysSign_isRefused() {
        HttpResponse<String> refused = ada.post("/api/keys", SIGNING.replace("\"signing\":true", "\"signing\":false"));

        assertThat(refused.statusCode()).isEqualTo(422);
    }
}
