package dev.keystile.spring;

import dev.keystile.config.Setting;
import dev.keystile.config.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Binds the properties {@code keystile.*} of Spring Boot to settings, by the list of settings that core has: so there is one
 * list of names and one reading of values. A list is one of YAML, or text with commas.
 *
 * <p>Names are relaxed as Boot's are. A property that is no setting is handed on, to be told as everywhere; an environment
 * variable that is none is passed over, for others may own it.
 */
final class BootSettings {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("keystile");
    private static final List<ConfigurationPropertyName> OF_THIS_ADAPTER =
            List.of(ROOT.append("filter.order"), ROOT.append(SettingsReader.DATA_SOURCE));

    private final PropertySourcesPlaceholdersResolver placeholders;
    private final List<Setting> known = Settings.all();
    private final Map<String, BoundSetting> bound = new LinkedHashMap<>();

    private BootSettings(Environment environment) {
        this.placeholders = new PropertySourcesPlaceholdersResolver(environment);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            // What stands in an earlier source wins, and of a list it is the whole list.
            read(source).forEach(bound::putIfAbsent);
        }
    }

    /** The settings of an environment, by name. */
    static Map<String, BoundSetting> read(Environment environment) {
        return new BootSettings(environment).bound;
    }

    /** One setting in one source: a text, or the entries of a list. */
    private static final class Found {

        private @Nullable ConfigurationProperty text;
        private boolean twice;
        private final Map<Integer, ConfigurationProperty> entries = new TreeMap<>();
    }

    private Map<String, BoundSetting> read(ConfigurationPropertySource source) {
        Map<String, Found> found = new LinkedHashMap<>();
        if (source instanceof IterableConfigurationPropertySource listed) {
            boolean variables = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
            List<ConfigurationPropertyName> names =
                    listed.stream().filter(ROOT::isAncestorOf).toList();
            names.forEach(name -> add(found, source, name, variables));
        }
        // A variable's name does not tell where it is parted: such are asked for by their names.
        known.stream()
                .map(Setting::name)
                .filter(name -> !name.contains("*") && !found.containsKey(name))
                .forEach(name -> ask(found, source, name));
        Map<String, BoundSetting> settings = new LinkedHashMap<>();
        found.forEach((name, it) -> settings.put(name, bind(name, it)));
        return settings;
    }

    private void add(
            Map<String, Found> found,
            ConfigurationPropertySource source,
            ConfigurationPropertyName name,
            boolean variable) {
        ConfigurationProperty property = source.getConfigurationProperty(name);
        int last = name.getNumberOfElements() - 1;
        boolean entry = name.isNumericIndex(last);
        ConfigurationPropertyName whole = entry ? name.getParent() : name;
        if (property == null || OF_THIS_ADAPTER.contains(whole)) {
            return;
        }
        Optional<String> setting = settingOf(whole, variable);
        if (setting.isEmpty() && variable) {
            return;
        }
        Found its = found.computeIfAbsent(setting.orElseGet(() -> text(whole, 1, 0, ".")), it -> new Found());
        if (entry) {
            its.entries.put(Integer.parseInt(name.getElement(last, Form.UNIFORM)), property);
        } else {
            its.twice = its.text != null;
            its.text = property;
        }
    }

    private static void ask(Map<String, Found> found, ConfigurationPropertySource source, String setting) {
        ConfigurationPropertyName name = ROOT.append(setting);
        Found its = new Found();
        its.text = source.getConfigurationProperty(name);
        for (int i = 0; its.text == null; i++) {
            ConfigurationProperty entry = source.getConfigurationProperty(name.append("[" + i + "]"));
            if (entry == null) {
                break;
            }
            its.entries.put(i, entry);
        }
        if (its.text != null || !its.entries.isEmpty()) {
            found.put(setting, its);
        }
    }

    /** The name that the guide lists, with what stands for its {@code *}. */
    private Optional<String> settingOf(ConfigurationPropertyName name, boolean variable) {
        for (Setting setting : known) {
            int star = setting.name().indexOf('*');
            if (star < 0) {
                if (ROOT.append(setting.name()).equals(name)) {
                    return Optional.of(setting.name());
                }
                continue;
            }
            ConfigurationPropertyName before = ROOT.append(setting.name().substring(0, star - 1));
            String after = setting.name().substring(star + 1);
            int ending = after.isEmpty() ? 0 : 1;
            int own = name.getNumberOfElements() - before.getNumberOfElements() - ending;
            boolean ends = ending == 0 || name.getLastElement(Form.UNIFORM).equals(after.substring(1));
            if (own >= 1 && ends && before.isAncestorOf(name)) {
                // Variables have no dashes: in their names, what parts words does.
                return Optional.of(setting.name().substring(0, star)
                        + text(name, before.getNumberOfElements(), ending, variable ? "-" : ".")
                        + after);
            }
        }
        return Optional.empty();
    }

    private static String text(ConfigurationPropertyName name, int from, int without, String separator) {
        return IntStream.range(from, name.getNumberOfElements() - without)
                .mapToObj(i -> name.getElement(i, Form.ORIGINAL))
                .collect(Collectors.joining(separator));
    }

    private BoundSetting bind(String name, Found found) {
        List<ConfigurationProperty> properties = new ArrayList<>();
        if (found.text != null) {
            properties.add(found.text);
        } else {
            properties.addAll(found.entries.values());
        }
        return new BoundSetting(
                name,
                properties.stream()
                        .map(property -> String.valueOf(placeholders.resolvePlaceholders(property.getValue())))
                        .map(String::strip)
                        .collect(Collectors.joining(", ")),
                Optional.ofNullable(properties.get(0).getOrigin()),
                found.twice);
    }
}
