package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.keystile.config.Setting;
import dev.keystile.config.Settings;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What an editor completes is made from the settings there are, so that it is what docs/settings.md lists. */
class MetadataTest {

    private static final Path FILE = Path.of("src/main/resources/META-INF/spring-configuration-metadata.json");
    private static final String KEYS = "java.util.Map<java.lang.String,java.lang.String>";
    private static final List<String> OUTCOMES =
            List.of("invalid-request", "unauthorized", "forbidden", "rate-limited", "unavailable");
    private static final List<Setting> OF_THIS_ADAPTER = List.of(
            Setting.of(
                    "filter.order",
                    "whole number",
                    FilterProperties.DEFAULT_ORDER,
                    "Where the filter stands among the filters. By default behind those that may change method and path of a"
                            + " request, and before Spring Security.",
                    "-200"),
            Setting.of(
                    SettingsReader.DATA_SOURCE,
                    "name of a bean",
                    "",
                    "The bean of the type `DataSource` that the JDBC store uses. Needed where there are several and none is"
                            + " primary.",
                    "keysDataSource"));

    /** {@code mvn verify -Dtest.jvm.args=-Dkeystile.docs.update=true} writes the file before it is compared. */
    @Test
    void metadata_isWhatTheSettingsAre() throws IOException {
        String metadata = metadata();
        if (Boolean.getBoolean("keystile.docs.update")) {
            Files.writeString(FILE, metadata);
        }

        assertThat(FILE).hasContent(metadata);
    }

    @Test
    void ownSettings_areNoneOfCore() {
        assertThat(Settings.all())
                .extracting(Setting::name)
                .doesNotContainAnyElementsOf(
                        OF_THIS_ADAPTER.stream().map(Setting::name).toList());
    }

    private static String metadata() throws IOException {
        List<Setting> all = new ArrayList<>(Settings.all());
        all.addAll(OF_THIS_ADAPTER);
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            DefaultIndenter lines = new DefaultIndenter("  ", "\n");
            json.setPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
            json.writeStartObject();
            json.writeArrayFieldStart("properties");
            for (Setting setting : all) {
                for (String name : names(setting)) {
                    writeProperty(json, name, setting);
                }
            }
            json.writeEndArray();
            json.writeArrayFieldStart("hints");
            for (Setting setting : all) {
                List<String> values = values(setting);
                if (!values.isEmpty()) {
                    writeHint(json, setting, values);
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text + "\n";
    }

    /** Of errors, each outcome's; of other names of the owner's choice, the map of them. */
    private static List<String> names(Setting setting) {
        if (setting.name().equals("errors.*.body")) {
            List<String> names = new ArrayList<>(List.of("errors.default.body"));
            OUTCOMES.forEach(outcome -> names.add(setting.name().replace("*", outcome)));
            return names;
        }
        return setting.name().startsWith("errors.*")
                ? OUTCOMES.stream()
                        .map(outcome -> setting.name().replace("*", outcome))
                        .toList()
                : List.of(setting.name().replace(".*", ""));
    }

    private static void writeProperty(JsonGenerator json, String name, Setting setting) throws IOException {
        boolean keys = setting.name().endsWith(".*");
        boolean list = setting.type().startsWith("list of");
        json.writeStartObject();
        json.writeStringField("name", SettingsReader.PREFIX + name);
        json.writeStringField("type", keys ? KEYS : list ? "java.util.List<java.lang.String>" : "java.lang.String");
        json.writeStringField(
                "description", setting.description() + " Value: " + setting.type() + ". Example: " + setting.example());
        String value = setting.defaultValue();
        if (!keys
                && !value.isEmpty()
                && !value.contains("`")
                && !value.contains("that ")
                && !value.contains(" sentence")
                && !value.startsWith("those")) {
            if (list) {
                json.writeFieldName("defaultValue");
                json.writeStartArray();
                for (String entry : value.split(", ", -1)) {
                    json.writeString(entry);
                }
                json.writeEndArray();
            } else {
                json.writeStringField("defaultValue", value);
            }
        }
        json.writeEndObject();
    }

    /** The words that stand in the type, where it begins with one. */
    private static List<String> values(Setting setting) {
        List<String> values = new ArrayList<>();
        if (setting.type().matches("(list of )?`[a-z0-9-]+`.*")) {
            Matcher word = Pattern.compile("`([a-z0-9-]+)( <[a-z]+>)?`").matcher(setting.type());
            while (word.find()) {
                values.add(word.group(1));
            }
        }
        return values;
    }

    private static void writeHint(JsonGenerator json, Setting setting, List<String> values) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", SettingsReader.PREFIX + setting.name());
        json.writeArrayFieldStart("values");
        for (String value : values) {
            json.writeStartObject();
            json.writeStringField("value", value);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("providers");
        json.writeStartObject();
        json.writeStringField("name", "any");
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }
}
