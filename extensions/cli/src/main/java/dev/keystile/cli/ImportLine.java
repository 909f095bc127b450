package dev.keystile.cli;

import dev.keystile.key.AddressRange;
import dev.keystile.key.ImportedKey;
import dev.keystile.key.KeyScope;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** Makes a key of what a line of a file says. Not safe for use by many threads. */
final class ImportLine {

    /** As databases write them, with a blank between day and time, and an offset in hours, or none. */
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
            .appendPattern("[XXX][XX][X]")
            .toFormatter();

    private final Map<String, List<String>> values;
    private final Map<String, String> defaults;
    private final List<String> problems = new ArrayList<>();

    private ImportLine(Map<String, List<String>> values, Map<String, String> defaults) {
        this.values = values;
        this.defaults = defaults;
    }

    /**
     * Reads a line.
     *
     * @param defaults what counts, by column, where the line says nothing
     * @throws IllegalArgumentException with all that is wrong with it; digest and salt are not repeated
     */
    static ImportedKey read(String format, Map<String, List<String>> values, Map<String, String> defaults) {
        return new ImportLine(values, defaults).read(format);
    }

    private ImportedKey read(String format) {
        ImportedKey.Builder key = ImportedKey.of(format, required("account"), required("name"), required("digest"));
        one("public").ifPresent(key::publicPart);
        one("salt").ifPresent(key::salt);
        one("member").ifPresent(key::member);
        one("plan").ifPresent(key::plan);
        one("last_four").ifPresent(key::lastFour);
        each("scopes", KeyScope::new, scope -> key.scopes(List.of(scope)));
        each("roles", Function.identity(), key::roles);
        each("addresses", AddressRange::parse, range -> key.addresses(List.of(range)));
        Set<String> attributes = new HashSet<>();
        for (String attribute : all("attributes")) {
            int equals = attribute.indexOf('=');
            String name = attribute.substring(0, Math.max(0, equals)).strip();
            if (name.isEmpty()) {
                problems.add("attributes: expected <attribute>=<value>, and ; between two");
            } else if (!attributes.add(name)) {
                problems.add("attributes: " + name + " is there twice");
            } else {
                key.attribute(name, attribute.substring(equals + 1).strip());
            }
        }
        one("created_at")
                .flatMap(text -> time("created_at", text, LocalTime.MIN))
                .ifPresent(key::createdAt);
        one("expires_at")
                .flatMap(text -> time("expires_at", text, LocalTime.of(23, 59, 59)))
                .ifPresent(key::expiresAt);
        if (one("disabled").filter(this::isTrue).isPresent()) {
            key.disabled();
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return key.build();
    }

    private List<String> all(String column) {
        List<String> said = values.getOrDefault(column, List.of());
        return said.isEmpty() ? ImportFile.values(column, defaults.getOrDefault(column, "")) : said;
    }

    private Optional<String> one(String column) {
        return all(column).stream().findFirst();
    }

    private String required(String column) {
        return one(column).orElseGet(() -> {
            problems.add(column + ": expected one");
            return "-";
        });
    }

    private <T> void each(String column, Function<String, T> reader, Consumer<T> taker) {
        for (String text : all(column)) {
            try {
                taker.accept(reader.apply(text));
            } catch (IllegalArgumentException unfit) {
                problems.add(column + ": " + unfit.getMessage());
            }
        }
    }

    private Optional<Instant> time(String column, String text, LocalTime ofDay) {
        try {
            if (text.length() == "2027-12-31".length()) {
                return Optional.of(LocalDate.parse(text).atTime(ofDay).toInstant(ZoneOffset.UTC));
            }
            TemporalAccessor read = TIME.parseBest(text.replace(' ', 'T'), OffsetDateTime::from, LocalDateTime::from);
            return Optional.of(
                    read instanceof OffsetDateTime time
                            ? time.toInstant()
                            : ((LocalDateTime) read).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException unreadable) {
            problems.add(
                    column + ": '" + text + "': expected a day or a time, such as 2027-12-31 or 2027-12-31T18:00:00Z");
            return Optional.empty();
        }
    }

    private boolean isTrue(String text) {
        return switch (text) {
            case "true", "t", "1" -> true;
            case "false", "f", "0" -> false;
            default -> {
                problems.add("disabled: '" + text + "': expected true or false");
                yield false;
            }
        };
    }
}
