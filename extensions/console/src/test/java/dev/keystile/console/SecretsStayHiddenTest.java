package dev.keystile.console;

import static dev.keystile.console.ConsoleClient.at;
import static dev.keystile.console.ConsoleClient.textAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeySecret;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A walk through everything that a console answers, in search of secrets. */
final class SecretsStayHiddenTest {

    private static final List<String> READS = List.of(
            "",
            "/",
            "/console.js",
            "/api/session",
            "/api/keys",
            "/api/keys?status=active",
            "/api/keys?limit=1",
            "/api/audit",
            "/api/nothing");
    private static final List<String> READS_OF_KEY = List.of("", "/usage?period=90d", "/audit", "/nothing", "/rotate");

    @Test
    void secrets_standInTheAnswersThatMadeThem_andInNoOther() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            List<String> secrets = new ArrayList<>();
            List<String> ids = new ArrayList<>();
            List<HttpResponse<String>> answers = new ArrayList<>();
            for (String kind : List.of("secret", "publishable")) {
                HttpResponse<String> created = ada.post(
                        "/api/keys", "{\"name\":\"" + kind + "\",\"environment\":\"live\",\"kind\":\"" + kind + "\"}");
                secrets.add(textAt(created, "secret"));
                ids.add(textAt(created, "key.id"));
                HttpResponse<String> rotated =
                        ada.post("/api/keys/" + textAt(created, "key.id") + "/rotate", "{\"overlap_seconds\":60}");
                secrets.add(textAt(rotated, "secret"));
                assertThat(created.body()).containsOnlyOnce(secrets.get(secrets.size() - 2));
                assertThat(rotated.body())
                        .containsOnlyOnce(secrets.get(secrets.size() - 1))
                        .doesNotContain(secrets.get(secrets.size() - 2));
            }
            List<String> hidden = new ArrayList<>(secrets);
            for (String id : ids) {
                ApiKey key = application.store().find(new KeyId(id)).orElseThrow();
                for (KeySecret secret : key.secrets()) {
                    hidden.add(secret.digest());
                    hidden.add(Long.toString(secret.quickCheck()));
                }
            }

            for (String login : List.of("ada", "nina", "vera", "otto", "nobody")) {
                ConsoleClient client = ConsoleClient.stranger(application);
                client.login(login);
                READS.forEach(path -> answers.add(client.get(path)));
                ids.forEach(id -> READS_OF_KEY.forEach(path -> answers.add(client.get("/api/keys/" + id + path))));
            }
            // Where a whole key was put by mistake, or to see what comes back.
            for (String secret : secrets) {
                answers.add(ada.get("/api/keys?text=" + secret));
                answers.add(ada.get("/api/keys?status=" + secret));
                answers.add(ada.get("/api/keys?environment=" + secret));
                answers.add(ada.get("/api/keys?after=" + secret));
                answers.add(ada.get("/api/keys?limit=" + secret));
                answers.add(ada.get("/api/keys/" + secret));
                answers.add(ada.get("/api/keys/" + secret + "/audit"));
                answers.add(ada.get("/" + secret));
                answers.add(ada.post("/api/keys/" + secret + "/revoke", "{}"));
                answers.add(ada.post("/api/keys", secret));
                answers.add(ada.post("/api/keys", "{\"" + secret + "\":1}"));
                for (String field : NewKeyFields.KNOWN) {
                    answers.add(ada.post("/api/keys", "{\"" + field + "\":\"" + secret + "\"}"));
                    answers.add(ada.post("/api/keys", "{\"" + field + "\":[\"" + secret + "\"]}"));
                    answers.add(ada.post("/api/keys", "{\"" + field + "\":{\"" + secret + "\":\"" + secret + "\"}}"));
                }
                answers.add(ada.get("/api/keys", "Authorization", "Bearer " + secret));
                answers.add(ada.post("/api/keys", "{}", "X-Console-Token", secret));
                answers.add(ada.post("/api/keys", "{}", "Content-Type", secret));
            }
            for (String id : ids) {
                for (String change : List.of("disable", "enable", "revoke", "enable", "revoke")) {
                    answers.add(ada.post("/api/keys/" + id + "/" + change, "{}"));
                }
                answers.add(ada.post("/api/keys/" + id + "/rotate", "{\"overlap_seconds\":0}"));
            }

            assertThat(answers).hasSizeGreaterThan(200);
            for (HttpResponse<String> answer : answers) {
                String all = answer.body() + answer.headers().map();
                assertThat(hidden)
                        .as(answer.request().method() + " " + answer.statusCode() + " " + answer.body())
                        .noneMatch(all::contains);
            }
        }
    }

    /** What looks like a secret and is not one that this test knows would pass the search above. */
    @Test
    void key_asItIsShown_hasTheFieldsThatAreMeantToBeShown() throws Exception {
        try (TestApplication application = TestApplication.start()) {
            ConsoleClient ada = ConsoleClient.of(application, "ada");
            KeyId id = application.issue(TestMembers.ACCOUNT, "one").key().id();

            HttpResponse<String> shown = ada.get("/api/keys/" + id);

            // Fields that are null are left out by the reader.
            assertThat(at(shown, "key.secrets.0"))
                    .asInstanceOf(MAP)
                    .containsOnlyKeys("number", "last_four", "created_at", "ended");
            assertThat(ConsoleClient.json(shown)).containsOnlyKeys("now", "key");
        }
    }
}
