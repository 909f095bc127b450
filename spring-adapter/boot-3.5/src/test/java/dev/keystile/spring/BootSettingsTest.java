package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.config.Setting;
import dev.keystile.config.Settings;
import dev.keystile.key.KeyStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

class BootSettingsTest {

    private static ConfigurableEnvironment environment(String yaml, Map<String, Object> variables) throws IOException {
        ConfigurableEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .forEach(it -> environment.getPropertySources().remove(it.getName()));
        environment.getPropertySources().addLast(new SystemEnvironmentPropertySource("systemEnvironment", variables));
        for (PropertySource<?> source : new YamlPropertySourceLoader()
                .load("yaml", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8), "application.yml"))) {
            environment.getPropertySources().addLast(source);
        }
        return environment;
    }

    private static Map<String, String> read(String yaml, Map<String, Object> variables) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        BootSettings.read(environment(yaml, variables)).forEach((name, it) -> values.put(name, it.value()));
        return values;
    }

    @Test
    void yaml_isReadByTheNamesOfTheGuide() throws IOException {
        assertThat(read("""
                        spring.application.name: other
                        keystile:
                          key:
                            prefixes:
                              - acme_live_ secret live
                              - acme_test_ secret test
                            cache-size: 1000
                          credentials: header x-api-key, bearer
                          scopes: [a:read, "a:write"]
                          roles:
                            support: [a:read]
                            half_time: a:read
                          plans.starter: minute 60/1m, day 1000/1d
                          headers:
                            format: custom
                            custom:
                              X-Left: "{remaining}"
                          errors:
                            format: template
                            rate-limited.code: slow_down
                            default.body: '{"code":"{code}"}'
                          rules:
                            customers-read: GET /v2/customers/** a:read
                          filter.order: 7
                          store.data-source: keys
                        """, Map.of()))
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("key.prefixes", "acme_live_ secret live, acme_test_ secret test"),
                        Map.entry("key.cache-size", "1000"),
                        Map.entry("credentials", "header x-api-key, bearer"),
                        Map.entry("scopes", "a:read, a:write"),
                        Map.entry("roles.support", "a:read"),
                        Map.entry("roles.half_time", "a:read"),
                        Map.entry("plans.starter", "minute 60/1m, day 1000/1d"),
                        Map.entry("headers.format", "custom"),
                        Map.entry("headers.custom.X-Left", "{remaining}"),
                        Map.entry("errors.format", "template"),
                        Map.entry("errors.rate-limited.code", "slow_down"),
                        Map.entry("errors.default.body", "{\"code\":\"{code}\"}"),
                        Map.entry("rules.customers-read", "GET /v2/customers/** a:read")));
    }

    @ParameterizedTest
    @CsvSource({
        "KEYSTILE_KEY_PEPPER,            key.pepper",
        "KEYSTILE_KEY_MAX_AGE,           key.max-age",
        "KEYSTILE_KEY_MAXAGE,            key.max-age",
        "KEYSTILE_DEFAULT_PLAN,          default-plan",
        "KEYSTILE_STORE_URL,             store.url",
        "KEYSTILE_KEY_PREFIXES_0,        key.prefixes",
        "KEYSTILE_ROLES_SUPPORT,         roles.support",
        "KEYSTILE_RULES_CUSTOMERS_READ,  rules.customers-read",
        "KEYSTILE_ERRORS_RATE_LIMITED_CODE, errors.rate-limited.code",
    })
    void environmentVariable_isASetting_andWins(String variable, String setting) throws IOException {
        assertThat(read("keystile." + setting + ": from the file", Map.of(variable, "from outside")))
                .isEqualTo(Map.of(setting, "from outside"));
    }

    @Test
    void environmentVariable_thatIsNoSetting_isPassedOver_andStandsInValues() throws IOException {
        assertThat(read(
                        "keystile.key.pepper: ${KEYSTILE_PEPPER}\nkeystile.realm: ${NOBODY_SET_THIS}",
                        Map.of("KEYSTILE_PEPPER", "secret")))
                .isEqualTo(Map.of("key.pepper", "secret", "realm", "${NOBODY_SET_THIS}"));
    }

    @Test
    void relaxedNames_areTheSame_andUnknownOnesAreHandedOn() throws IOException {
        assertThat(read("""
                        keystile:
                          key.cacheSize: 10
                          default_plan: starter
                          realmm: x
                          rulez: [a, b]
                        """, Map.of()))
                .isEqualTo(Map.of("key.cache-size", "10", "default-plan", "starter", "realmm", "x", "rulez", "a, b"));
    }

    @Test
    void list_isTakenWholeFromTheSourceThatWins() throws IOException {
        ConfigurableEnvironment environment = environment("keystile.scopes: [a:read, b:read, c:read]", Map.of());
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("first", Map.of("keystile.scopes[0]", "d:read")));

        assertThat(BootSettings.read(environment).get("scopes"))
                .extracting(BoundSetting::value)
                .isEqualTo("d:read");
    }

    @Test
    void origin_isFileAndLine() throws IOException {
        assertThat(BootSettings.read(environment("keystile:\n  realm: x\n", Map.of()))
                        .get("realm"))
                .extracting(it -> it.origin().orElseThrow().toString())
                .asString()
                .contains("application.yml", "2:10");
    }

    /** As properties, and as a tree of YAML with lists: each example of the guide, read by both, comes to the same. */
    @Test
    void everySetting_isBound_withItsExample() {
        Map<String, Object> properties = new LinkedHashMap<>();
        Map<String, String> expected = new LinkedHashMap<>();
        for (Setting setting : Settings.all()) {
            String name = setting.name()
                    .replace("headers.custom.*", "headers.custom.X-Left")
                    .replace("errors.*.body", "errors.default.body")
                    .replace("errors.*", "errors.forbidden")
                    .replace("*", "starter")
                    .replace("rules.starter", "rules.customers-read")
                    .replace("limits.starter", "limits.exports");
            String value = setting.example().replaceAll("\\$\\{.*}", "0123456789abcdef0123456789abcdef");
            expected.put(name, value);
            if (setting.type().startsWith("list of")) {
                List<String> entries = List.of(value.split(", ", -1));
                for (int i = 0; i < entries.size(); i++) {
                    properties.put("keystile." + name + "[" + i + "]", entries.get(i));
                }
            } else {
                properties.put("keystile." + name, value);
            }
        }
        ConfigurableEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("examples", properties));

        Map<String, String> bound = new LinkedHashMap<>();
        BootSettings.read(environment).forEach((name, it) -> bound.put(name, it.value()));

        assertThat(bound).containsAllEntriesOf(expected);
        assertThat(Settings.of(expected).builder(KeyStore.inMemory()).problems())
                .isEmpty();
    }
}
