package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The keys that stand in a file: CSV with a line of column names first, or a JSON object on each line. Not safe for use by
 * many threads.
 */
final class ImportFile {

    /** All columns there are. */
    static final List<String> COLUMNS = List.of(
            "digest",
            "public",
            "salt",
            "account",
            "name",
            "member",
            "scopes",
            "roles",
            "plan",
            "attributes",
            "addresses",
            "created_at",
            "expires_at",
            "disabled",
            "last_four");

    private static final Set<String> LISTS = Set.of("scopes", "roles", "addresses");
    private static final String ATTRIBUTES = "attributes";
    private static final String SALT = "salt";
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    /** A repeated field would stand for one of its values, and nobody could say for which. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final List<Line> lines = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private ImportFile() {}

    /**
     * One key.
     *
     * @param number where it stands in the file, from 1
     * @param values what is said of it, by column; a list where a column takes several
     */
    record Line(long number, Map<String, List<String>> values) {}

    /** Reads the text of a file; what is wrong with it is among the {@link #problems}. */
    static ImportFile read(String text) {
        ImportFile file = new ImportFile();
        String plain = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
        if (plain.stripLeading().startsWith("{")) {
            file.readJson(plain);
        } else {
            file.readCsv(plain);
        }
        if (file.lines.isEmpty() && file.problems.isEmpty()) {
            file.problems.add("there is no key in it");
        }
        return file;
    }

    /** Those that could be read. */
    List<Line> lines() {
        return lines;
    }

    /** Why others could not, a sentence each that begins with the line. */
    List<String> problems() {
        return problems;
    }

    /** What a text says of a column. */
    static List<String> values(String column, String text) {
        if (text.isBlank()) {
            return List.of();
        }
        String separators = LISTS.contains(column) ? "[\\s,;]+" : ATTRIBUTES.equals(column) ? ";" : "";
        return separators.isEmpty()
                ? List.of(text.strip())
                : Arrays.stream(text.split(separators, -1))
                        .map(String::strip)
                        .filter(it -> !it.isEmpty())
                        .toList();
    }

    private void readCsv(String text) {
        List<String> header = List.of();
        try (CsvReader<CsvRecord> reader = CsvReader.builder()
                .allowMissingFields(true)
                .allowExtraFields(true)
                .ofCsvRecord(text)) {
            for (CsvRecord row : reader) {
                if (header.isEmpty()) {
                    header = row.getFields().stream().map(String::strip).toList();
                    if (!isHeader(header)) {
                        return;
                    }
                } else {
                    addRow(header, row);
                }
            }
        } catch (CsvParseException broken) {
            problems.add("it is no CSV behind line " + lastLine() + ": a quotation mark is missing, or one too many");
        } catch (IOException impossible) {
            throw new IllegalStateException("a text can be read", impossible);
        }
    }

    private long lastLine() {
        return lines.isEmpty() ? 1 : lines.get(lines.size() - 1).number;
    }

    private boolean isHeader(List<String> header) {
        Set<String> seen = new HashSet<>();
        for (String column : header) {
            if (!COLUMNS.contains(column)) {
                // Without a header a digest would stand there, which need not be repeated.
                problems.add("line 1: expected the names of the columns, of which there are " + COLUMNS
                        + (column.matches("[a-z_]{1,20}") ? ", and not " + column : ""));
            } else if (!seen.add(column)) {
                problems.add("line 1: the column " + column + " is there twice");
            }
        }
        return problems.isEmpty();
    }

    private void addRow(List<String> header, CsvRecord row) {
        if (row.getFieldCount() != header.size()) {
            problems.add("line " + row.getStartingLineNumber() + ": " + row.getFieldCount() + " fields: expected "
                    + header.size() + ", as the first line has");
            return;
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int i = 0; i < header.size(); i++) {
            List<String> read = values(header.get(i), row.getField(i));
            if (!read.isEmpty()) {
                values.put(header.get(i), read);
            }
        }
        lines.add(new Line(row.getStartingLineNumber(), values));
    }

    private void readJson(String text) {
        long number = 0;
        // What else Unicode calls the end of a line may stand within a JSON text.
        for (String line : text.lines().toList()) {
            number++;
            if (!line.isBlank()) {
                readObject(number, line);
            }
        }
    }

    private void readObject(long number, String line) {
        List<String> wrong = new ArrayList<>();
        Map<String, List<String>> values = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                wrong.add("expected a JSON object");
            } else {
                readMembers(json, values, wrong::add);
                if (json.nextToken() != null) {
                    wrong.add("expected one JSON object and nothing behind it");
                }
            }
        } catch (JsonProcessingException broken) {
            // What it says may hold a part of the line.
            wrong.add("it is no JSON, or a field is there twice");
        } catch (IOException impossible) {
            throw new IllegalStateException("a text can be read", impossible);
        }
        if (wrong.isEmpty()) {
            lines.add(new Line(number, values));
        } else {
            problems.add("line " + number + ": " + String.join("; ", wrong));
        }
    }

    private static void readMembers(JsonParser json, Map<String, List<String>> values, Consumer<String> wrong)
            throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String column = json.currentName();
            JsonToken token = json.nextToken();
            List<String> read = readValue(json, token, column, wrong);
            if (!COLUMNS.contains(column)) {
                wrong.accept("there is no field " + column + "; there are " + COLUMNS);
            } else if (!read.isEmpty()) {
                values.put(column, read);
            }
        }
    }

    private static List<String> readValue(JsonParser json, JsonToken token, String column, Consumer<String> wrong)
            throws IOException {
        List<String> read = new ArrayList<>();
        if (token == JsonToken.START_ARRAY && LISTS.contains(column)) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                addScalar(json, column, wrong, read::add);
            }
        } else if (token == JsonToken.START_OBJECT && ATTRIBUTES.equals(column)) {
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String attribute = json.currentName();
                json.nextToken();
                addScalar(json, column, wrong, value -> read.add(attribute + "=" + value));
            }
        } else if (token == JsonToken.VALUE_STRING
                && SALT.equals(column)
                && !json.getText().isEmpty()) {
            // Blanks may be a part of it, and JSON says where it begins and ends.
            read.add(json.getText());
        } else if (token != JsonToken.VALUE_NULL) {
            addScalar(json, column, wrong, text -> read.addAll(values(column, text)));
        }
        return read;
    }

    private static void addScalar(JsonParser json, String column, Consumer<String> wrong, Consumer<String> value)
            throws IOException {
        if (json.currentToken().isScalarValue() && json.currentToken() != JsonToken.VALUE_NULL) {
            value.accept(json.getText());
        } else {
            wrong.accept(column + ": expected a text, and not null, a list or an object within");
            json.skipChildren();
        }
    }
}
