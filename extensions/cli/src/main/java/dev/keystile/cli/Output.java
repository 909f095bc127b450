package dev.keystile.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/**
 * What a command says: what was asked for on standard output, all else on standard error.
 *
 * <p>With {@code --json} standard output holds one JSON document, and standard error nothing but one of a failure. Not safe
 * for use by many threads.
 */
final class Output {

    /** ASCII whatever the locale. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .build();

    private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");

    private final Shell shell;
    private final boolean json;
    private final Characters characters;

    Output(Shell shell, boolean json) {
        this.shell = shell;
        this.json = json;
        this.characters = Characters.of(shell.charset());
    }

    /** Writes the members of an object; all that could fail was read before. */
    @FunctionalInterface
    interface Members {
        void write(JsonGenerator json) throws IOException;
    }

    boolean isJson() {
        return json;
    }

    /** A line that was asked for. */
    void line(String text) {
        shell.out().println(characters.printable(text));
    }

    /** A line for people, beside what was asked for; programs are not told. */
    void note(String text) {
        if (!json) {
            shell.err().println(characters.printable(text));
            shell.err().flush();
        }
    }

    /**
     * A table, as wide as the terminal where there is one.
     *
     * @param whole whether nothing is left out or cut, however narrow the terminal
     */
    void table(Table table, boolean whole) {
        boolean terminal = shell.terminal().isPresent();
        int width = terminal && !whole ? shell.terminal().width() : Integer.MAX_VALUE;
        Table.Layout layout = table.layout(width, terminal && Ansi.AUTO.enabled(), characters);
        layout.lines().forEach(shell.out()::println);
        if (!layout.leftOut().isEmpty()) {
            shell.out().flush();
            note("left out for want of room: " + String.join(", ", layout.leftOut()) + "; --wide shows them");
        }
    }

    /** The document that was asked for. */
    void json(Members members) throws IOException {
        document(shell.out(), members);
    }

    private static void document(PrintWriter writer, Members members) throws IOException {
        try (JsonGenerator generator = JSON.createGenerator(writer)) {
            DefaultPrettyPrinter indented = new DefaultPrettyPrinter();
            indented.indentArraysWith(INDENTER);
            indented.indentObjectsWith(INDENTER);
            generator.setPrettyPrinter(indented);
            generator.writeStartObject();
            members.write(generator);
            generator.writeEndObject();
        }
        writer.println();
    }

    /** Whether all that was said so far has left this process. */
    boolean isWritten() {
        return !shell.out().checkError();
    }

    /**
     * Says why a command failed.
     *
     * @param prefix the command, which begins each line
     */
    void failure(String prefix, CommandFailure failure) {
        shell.out().flush();
        if (json) {
            try {
                document(shell.err(), it -> write(it, failure));
            } catch (IOException impossible) {
                throw new IllegalStateException("a text can be written to memory", impossible);
            }
        } else {
            failure.problems().forEach(it -> shell.err().println(characters.printable(prefix + ": " + oneLine(it))));
        }
        shell.err().flush();
    }

    private static String oneLine(String text) {
        return String.join(" ", text.lines().map(String::strip).toList());
    }

    private static void write(JsonGenerator json, CommandFailure failure) throws IOException {
        json.writeObjectFieldStart("error");
        json.writeStringField("code", failure.code());
        json.writeStringField("message", failure.getMessage());
        json.writeNumberField("exit", failure.exitCode().number());
        List<String> problems = failure.problems();
        json.writeArrayFieldStart("problems");
        for (String problem : problems) {
            json.writeString(problem);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
