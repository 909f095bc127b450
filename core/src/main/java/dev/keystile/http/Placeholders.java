package dev.keystile.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Text with <code>{placeholders}</code>, parsed once. */
final class Placeholders {

    private Placeholders() {}

    /**
     * A piece of such a text.
     *
     * @param placeholder whether it is one, or text that stands for itself
     * @param text        the placeholder's name, or the text
     */
    record Part(boolean placeholder, String text) {}

    /** @throws IllegalArgumentException if a placeholder is not one of those known */
    static List<Part> parse(String template, Set<String> known) {
        List<Part> parts = new ArrayList<>();
        int done = 0;
        for (int open = template.indexOf('{'); open >= 0; open = template.indexOf('{', done)) {
            int close = template.indexOf('}', open);
            if (close < 0) {
                break;
            }
            String name = template.substring(open + 1, close);
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "placeholder {" + name + "}: expected one of " + new TreeSet<>(known));
            }
            addText(parts, template.substring(done, open));
            parts.add(new Part(true, name));
            done = close + 1;
        }
        addText(parts, template.substring(done));
        return parts;
    }

    private static void addText(List<Part> parts, String text) {
        if (!text.isEmpty()) {
            parts.add(new Part(false, text));
        }
    }

    static String fill(List<Part> parts, UnaryOperator<String> values) {
        StringBuilder filled = new StringBuilder();
        for (Part part : parts) {
            filled.append(part.placeholder() ? values.apply(part.text()) : part.text());
        }
        return filled.toString();
    }
}
