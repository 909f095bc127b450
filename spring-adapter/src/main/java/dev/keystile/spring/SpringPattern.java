package dev.keystile.spring;

import dev.keystile.scope.PathPattern;
import dev.keystile.scope.PathPattern.Segment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the grammar of rules can say of a path pattern of Spring: a pattern that covers every path of it.
 *
 * <p>Immutable.
 *
 * @param written the pattern as Spring has it, behind the path of the servlet
 * @param cover   the rule's pattern
 * @param exact   whether the cover holds no path that is not Spring's too
 */
record SpringPattern(String written, PathPattern cover, boolean exact) {

    private static final String ANY_SEGMENT = "*";

    /**
     * Reads a pattern.
     *
     * @param servletPath what stands before it, such as {@code /api}; empty for nothing
     * @param pattern     as Spring has it
     */
    static SpringPattern of(String servletPath, String pattern) {
        List<String> segments = new ArrayList<>();
        boolean exact = true;
        boolean open = false;
        String whole = servletPath + (pattern.isEmpty() || pattern.startsWith("/") ? pattern : "/" + pattern);
        Set<String> variables = new HashSet<>();
        List<String> written = segments(whole);
        for (int i = 0; i < written.size() && !open; i++) {
            String segment = written.get(i);
            boolean last = i == written.size() - 1;
            if (segment.equals("**") || isRest(segment)) {
                open = true;
                exact &= last;
            } else if (segment.equals(ANY_SEGMENT)) {
                segments.add(ANY_SEGMENT);
            } else if (isVariable(segment) && variables.add(segment)) {
                segments.add(segment);
            } else if (isLiteral(segment)) {
                segments.add(segment);
            } else {
                // A regular expression may cross slashes where paths are matched as Ant does.
                open = segment.contains("/");
                segments.addAll(open ? List.of() : List.of(ANY_SEGMENT));
                exact = false;
            }
        }
        String text = "/" + String.join("/", segments);
        if (open) {
            text = (segments.isEmpty() ? "" : text) + "/**";
        }
        return new SpringPattern(whole.isEmpty() ? "/" : whole, PathPattern.parse(text), exact);
    }

    /** The parts between slashes that stand in no braces; none of them is empty. */
    private static List<String> segments(String pattern) {
        List<String> segments = new ArrayList<>();
        StringBuilder segment = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '/' && depth == 0) {
                if (!segment.isEmpty()) {
                    segments.add(segment.toString());
                }
                segment.setLength(0);
                continue;
            }
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            segment.append(c);
        }
        if (!segment.isEmpty()) {
            segments.add(segment.toString());
        }
        return segments;
    }

    private static boolean isRest(String segment) {
        return segment.startsWith("{*") && segment.endsWith("}");
    }

    private static boolean isVariable(String segment) {
        return isPattern(segment, Segment.Kind.VARIABLE);
    }

    private static boolean isLiteral(String segment) {
        return isPattern(segment, Segment.Kind.LITERAL) && segment.chars().noneMatch(Character::isWhitespace);
    }

    private static boolean isPattern(String segment, Segment.Kind kind) {
        try {
            List<Segment> read = PathPattern.parse("/" + segment).segments();
            return read.size() == 1 && read.get(0).kind() == kind;
        } catch (IllegalArgumentException notOfRules) {
            return false;
        }
    }

    /** Whether a path, decoded and below the context path, is of the cover: read as rules read it. */
    boolean covers(String path) {
        int end = path.length() > 1 && path.endsWith("/") ? path.length() - 1 : path.length();
        int start = 1;
        for (Segment segment : cover.segments()) {
            if (start >= end) {
                return false;
            }
            int slash = path.indexOf('/', start);
            int stop = slash < 0 || slash > end ? end : slash;
            boolean fits = segment.kind() != Segment.Kind.LITERAL
                    || (segment.text().length() == stop - start && path.startsWith(segment.text(), start));
            if (!fits) {
                return false;
            }
            start = stop + 1;
        }
        return cover.open() || start >= end;
    }

    /** The same, of a path in its segments, which may hold slashes. */
    boolean covers(List<String> path) {
        List<Segment> mine = cover.segments();
        if (path.size() < mine.size() || (path.size() > mine.size() && !cover.open())) {
            return false;
        }
        for (int i = 0; i < mine.size(); i++) {
            if (mine.get(i).kind() == Segment.Kind.LITERAL
                    && !mine.get(i).text().equals(path.get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return written;
    }
}
