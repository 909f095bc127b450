package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application with a broken configuration does not start, and says everything that is wrong with it. */
class FilterStartTest {

    @TempDir
    Path folder;

    @Test
    void noConfiguration_stopsTheStart() {
        assertThatThrownBy(() -> start(Map.of()))
                .hasStackTraceContaining("filter 'keystile' has no configuration")
                .hasStackTraceContaining("/WEB-INF/keystile.properties");
    }

    @Test
    void missingConfigFile_stopsTheStart() {
        assertThatThrownBy(() -> start(Map.of("config", "/WEB-INF/absent.properties")))
                .hasStackTraceContaining("config = '/WEB-INF/absent.properties': there is no such file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "key.prefixes; tk_ hidden live; kind 'hidden': expected secret or publishable",
                "key.prefixes; tk_; expected <prefix> <kind> <environment>",
                "key.hash; md5; 'md5': expected argon2id or hmac-sha256",
                "key.hash; hmac-sha256; needs key.pepper",
                "key.pepper; short; at least 32",
                "key.argon2-cost; fast; m=<KiB>,t=<iterations>,p=<lanes>",
                "credentials; query key; expected bearer, basic, authorization, scheme <name> or header",
                "credentials; header Authorization; expected a header of its own",
                "environments; staging; no prefix is of environment 'staging'",
                "store.type; cassandra; 'cassandra': expected one of",
                "scopes; other:read; demands [items:read], which scopes does not declare",
                "roles.support; items:read; roles and implications need the scopes declared",
                "plans.pro; lots; expected [<name>] <count>/<window>",
                "default-plan; gold; 'gold' is not among the plans",
                "limits.reports; 5 a minute; expected",
                "limiter.type; redis; expected one of [memory]",
                "limiter.partitions; -1; expected a whole number, 1 or more",
                "headers.format; x-rate; expected x-ratelimit, ietf and custom, or none alone",
                "headers.custom.X-Left; {left}; headers.format does not name custom",
                "errors.format; html; expected problem or template",
                "errors.format; template; needs errors.default.body",
                "errors.key-revoked.code; revoked; expected an outcome",
                "realm; a\"b; expected printable ASCII",
                "errors.unauthorized.body; {\"a\":\"{key}\"}; errors.*.body is set, and errors.format is not template",
                "rules.a.b; GET /x items:read; expected the name 'a.b' to be letters, digits",
                "key.cache-size; 0; expected a whole number, 1 or more",
                "rules.more; FETCH /x items:read; method 'FETCH': expected ANY, or some of",
                "rules.more; GET x items:read; expected it to begin with '/'",
                "rules.more; GET /x/** items:read limit=absent; names the limit 'absent'",
                "rules.more; GET /items/** items:read; both speak of [GET]",
                "rules.more; GET /*/1 items:read; neither is narrower",
                "rules.more; GET /y/{id} items:read bind=project:p; which path '/y/{id}' does not have",
                "rule.more; GET /x items:read; rule.more is no setting",
                "store.typ; memory; did you mean store.type?",
                "realm; ${NO_SUCH_VARIABLE}; the environment variable NO_SUCH_VARIABLE is not set"
            })
    void badSetting_stopsTheStart_andSaysWhatWouldBeRight(String name, String value, String message) {
        Map<String, String> settings = TestApplication.settings();
        settings.put(name, value);

        assertThatThrownBy(() -> start(settings))
                .hasStackTraceContaining("filter 'keystile': ")
                .hasStackTraceContaining(message);
    }

    @Test
    void manyBadSettings_areToldAtOnce_andNoSecretAmongThem() {
        Map<String, String> settings = new LinkedHashMap<>(TestApplication.settings());
        settings.put("key.hash", "md5");
        settings.put("key.pepper", "tooshort");
        settings.put("plans.pro", "lots");
        settings.put("default-plan", "pro");
        settings.put("rules.more", "GET x items:read");
        settings.put("colour", "blue");

        assertThatThrownBy(() -> start(settings))
                .hasStackTraceContaining("5 problems")
                .hasStackTraceContaining("key.hash: 'md5'")
                .hasStackTraceContaining("key.pepper: a pepper of 8 bytes")
                .hasStackTraceContaining("plans.pro: limit 'lots'")
                .hasStackTraceContaining("rules.more: path 'x'")
                .hasStackTraceContaining("colour is no setting")
                .satisfies(failure -> assertThat(String.valueOf(failure)).doesNotContain("tooshort"));
    }

    @Test
    void severalBadTemplates_areToldEachByItsName() {
        Map<String, String> settings = TestApplication.settings();
        settings.put("errors.format", "template");
        settings.put("errors.default.body", "{\"code\":\"{nonsense}\"}");
        settings.put("errors.forbidden.body", "no json");
        settings.put("headers.format", "custom");
        settings.put("headers.custom.X-Left", "{left}");
        settings.put("headers.custom.X-Used", "{spent}");

        assertThatThrownBy(() -> start(settings))
                .hasStackTraceContaining("4 problems")
                .hasStackTraceContaining("errors.default.body: placeholder {nonsense}")
                .hasStackTraceContaining("errors.forbidden.body: error template no json")
                .hasStackTraceContaining("headers.custom.X-Left: placeholder {left}")
                .hasStackTraceContaining("headers.custom.X-Used: placeholder {spent}");
    }

    @Test
    void lineBreakInAParameter_countsAsASpace() throws Exception {
        Map<String, String> settings = TestApplication.settings();
        settings.put("realm", "the\n        items api");
        settings.put("errors.unauthorized.message", "No key,\n   no items");

        try (TestApplication application = start(settings)) {
            var response = application.get("/items/1");
            assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer realm=\"the items api\"");
            assertThat(response.body()).contains("\"detail\":\"No key, no items\"");
        }
    }

    @Test
    void configFile_ofTheApplication_isRead() throws Exception {
        Files.createDirectories(folder.resolve("WEB-INF"));
        Files.writeString(folder.resolve("WEB-INF/keystile.properties"), """
                key.prefixes = tk_live_ secret live
                store.type   = memory
                rules.items  = GET /items/** \\
                               items:read
                playground.read = items:read
                """);

        try (TestApplication application = start(Map.of("config", "/WEB-INF/keystile.properties"))) {
            assertThat(application.get("/items/1").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void configFile_withANameTwice_stopsTheStart() throws Exception {
        Path file = folder.resolve("keystile.properties");
        Files.writeString(file, """
                key.prefixes = tk_live_ secret live
                store.type   = memory
                rules.items  = GET /items/** items:read
                rules.items  = GET /items/** public
                """);

        assertThatThrownBy(() -> start(Map.of("config", file.toString())))
                .hasStackTraceContaining("rules.items is set twice");
    }

    @Test
    void configFile_andParameter_ofOneName_stopTheStart() throws Exception {
        Path file = folder.resolve("keystile.properties");
        Files.writeString(file, "store.type = memory\n");
        Map<String, String> settings = TestApplication.settings();
        settings.put("config", file.toString());

        assertThatThrownBy(() -> start(settings)).hasStackTraceContaining("store.type is set twice");
    }

    private TestApplication start(Map<String, String> params) throws Exception {
        return TestApplication.start(folder, params, Map.of());
    }
}
