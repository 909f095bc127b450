package dev.keystile.key;

import java.util.ArrayList;
import java.util.List;

/**
 * The texts that a format can read, as far as their characters and lengths tell: parts one behind the other.
 *
 * <p>Immutable.
 */
record KeyShape(List<Part> parts) {

    /** Characters of a set, {@code least} to {@code most} of them. */
    record Part(AsciiSet characters, int least, int most) {}

    /** One character of a text, which may be left out where a part is longer than it has to be. */
    private record Place(AsciiSet characters, boolean optional) {}

    KeyShape {
        parts = List.copyOf(parts);
    }

    /** A literal text, and what may stand behind it. */
    static KeyShape of(String literal, List<Part> rest) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < literal.length(); i++) {
            parts.add(new Part(AsciiSet.of(literal.substring(i, i + 1)), 1, 1));
        }
        parts.addAll(rest);
        return new KeyShape(parts);
    }

    int maxLength() {
        return parts.stream().mapToInt(Part::most).sum();
    }

    /** Whether there is a text that fits both. */
    boolean overlaps(KeyShape other) {
        List<Place> here = places();
        List<Place> there = other.places();
        boolean[][] reached = new boolean[here.size() + 1][there.size() + 1];
        reached[0][0] = true;
        for (int i = 0; i <= here.size(); i++) {
            for (int j = 0; j <= there.size(); j++) {
                if (!reached[i][j]) {
                    continue;
                }
                boolean moreHere = i < here.size();
                boolean moreThere = j < there.size();
                if (moreHere && here.get(i).optional) {
                    reached[i + 1][j] = true;
                }
                if (moreThere && there.get(j).optional) {
                    reached[i][j + 1] = true;
                }
                if (moreHere && moreThere && here.get(i).characters.intersects(there.get(j).characters)) {
                    reached[i + 1][j + 1] = true;
                }
            }
        }
        return reached[here.size()][there.size()];
    }

    private List<Place> places() {
        List<Place> places = new ArrayList<>();
        for (Part part : parts) {
            for (int i = 0; i < part.most; i++) {
                places.add(new Place(part.characters, i >= part.least));
            }
        }
        return places;
    }
}
