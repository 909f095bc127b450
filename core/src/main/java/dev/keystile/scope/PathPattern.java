package dev.keystile.scope;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The paths of a rule: literal segments, {@code *} or <code>{variable}</code> for one segment each, and a final
 * {@code **} for any number of them, none included. A slash at the end of a path makes no difference.
 *
 * <p>Immutable.
 *
 * @param text     as written
 * @param segments the segments before the final {@code **}
 * @param open     whether a {@code **} follows them
 */
public record PathPattern(String text, List<Segment> segments, boolean open) {

    /**
     * One segment. Immutable.
     *
     * @param kind what it matches
     * @param text the literal text, the variable's name, or {@code *}
     */
    public record Segment(Kind kind, String text) {

        /** What a segment matches. */
        public enum Kind {
            LITERAL,
            VARIABLE,
            WILDCARD
        }

        boolean isLiteral() {
            return kind == Kind.LITERAL;
        }
    }

    public PathPattern {
        segments = List.copyOf(segments);
    }

    /**
     * Reads a pattern such as {@code /v1/projects/{project}/apps/**}. Literals are written decoded.
     *
     * @throws IllegalArgumentException if it is none; the message says why
     */
    public static PathPattern parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("path '" + text + "': expected it to begin with '/'");
        }
        if (text.equals("//")) {
            throw new IllegalArgumentException("path '//': an empty segment could never match");
        }
        String inner =
                text.endsWith("/") && text.length() > 1 ? text.substring(1, text.length() - 1) : text.substring(1);
        boolean open = inner.equals("**") || inner.endsWith("/**");
        String fixed = open ? inner.substring(0, Math.max(0, inner.length() - 3)) : inner;
        List<Segment> segments = fixed.isEmpty()
                ? List.of()
                : List.of(fixed.split("/", -1)).stream()
                        .map(it -> segment(text, it))
                        .toList();
        Set<String> variables = new HashSet<>();
        for (Segment segment : segments) {
            if (segment.kind() == Segment.Kind.VARIABLE && !variables.add(segment.text())) {
                throw new IllegalArgumentException(
                        "path '" + text + "': the variable {" + segment.text() + "} stands in it twice");
            }
        }
        return new PathPattern(text, segments, open);
    }

    private static Segment segment(String pattern, String text) {
        if (text.equals("*")) {
            return new Segment(Segment.Kind.WILDCARD, text);
        }
        if (text.startsWith("{") && text.endsWith("}")) {
            String name = text.substring(1, text.length() - 1);
            if (name.isEmpty() || !name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-')) {
                throw new IllegalArgumentException("path '" + pattern
                        + "': expected a variable to be letters, digits, '_' or '-' in braces, such as {id}");
            }
            return new Segment(Segment.Kind.VARIABLE, name);
        }
        String problem = literalProblem(text);
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException("path '" + pattern + "': " + problem);
        }
        return new Segment(Segment.Kind.LITERAL, text);
    }

    private static String literalProblem(String text) {
        if (text.isEmpty()) {
            return "an empty segment could never match";
        }
        if (text.equals(".") || text.equals("..")) {
            return "a '" + text + "' segment could never match";
        }
        if (text.contains("**")) {
            return "expected '**' to be the last segment, alone";
        }
        if (text.chars().anyMatch(c -> "*{}\\;%?#".indexOf(c) >= 0 || Character.isISOControl(c))) {
            return "a segment is either literal, '*' or '{variable}', and is written decoded, without \\ ; % ? #";
        }
        return "";
    }

    /** The names of its variables. */
    public Set<String> variables() {
        Set<String> names = new HashSet<>();
        for (Segment segment : segments) {
            if (segment.kind() == Segment.Kind.VARIABLE) {
                names.add(segment.text());
            }
        }
        return names;
    }

    /** Whether every path of this pattern is one of the other's too. */
    public boolean isWithin(PathPattern other) {
        int theirs = other.segments.size();
        boolean lengthsFit = other.open ? segments.size() >= theirs : !open && segments.size() == theirs;
        if (!lengthsFit) {
            return false;
        }
        for (int i = 0; i < theirs; i++) {
            Segment their = other.segments.get(i);
            if (their.isLiteral()
                    && !(segments.get(i).isLiteral() && segments.get(i).text().equals(their.text()))) {
                return false;
            }
        }
        return true;
    }

    /** Whether some path is of both patterns. */
    public boolean overlaps(PathPattern other) {
        int mine = segments.size();
        int theirs = other.segments.size();
        if ((mine < theirs && !open) || (theirs < mine && !other.open)) {
            return false;
        }
        for (int i = 0; i < Math.min(mine, theirs); i++) {
            Segment my = segments.get(i);
            Segment their = other.segments.get(i);
            if (my.isLiteral() && their.isLiteral() && !my.text().equals(their.text())) {
                return false;
            }
        }
        return true;
    }

    /** A path that is of both patterns, where there is one. */
    String exampleShared(PathPattern other) {
        StringBuilder example = new StringBuilder();
        for (int i = 0; i < Math.max(segments.size(), other.segments.size()); i++) {
            Segment my = i < segments.size() ? segments.get(i) : other.segments.get(i);
            Segment their = i < other.segments.size() ? other.segments.get(i) : my;
            Segment shown = my.isLiteral() ? my : their;
            example.append('/').append(shown.isLiteral() ? shown.text() : "x");
        }
        return example.isEmpty() ? "/" : example.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
