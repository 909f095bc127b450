package dev.keystile.http;

import java.util.Objects;

/** What stands in one place of a request. Immutable; printing it shows no text of a client. */
public sealed interface Credential {

    /** Nothing. */
    record Absent() implements Credential {}

    /** More than one credential. */
    record Several() implements Credential {}

    /** Something that cannot be a credential. */
    record Unreadable() implements Credential {}

    /**
     * A text that may be a key: the end of a header's value, or the whole of it.
     *
     * @param value never to be logged
     * @param start where the text begins, 0 to the value's length
     */
    record Presented(String value, int start) implements Credential {

        /** @throws IndexOutOfBoundsException if it would begin outside of the value */
        public Presented {
            Objects.checkIndex(start, value.length() + 1);
        }

        /** A text that stands alone. */
        public Presented(String text) {
            this(text, 0);
        }

        /** The text; never to be logged. */
        public String text() {
            return value.substring(start);
        }

        @Override
        public String toString() {
            return "Presented[…]";
        }
    }

    Credential ABSENT = new Absent();
    Credential SEVERAL = new Several();
    Credential UNREADABLE = new Unreadable();
}
