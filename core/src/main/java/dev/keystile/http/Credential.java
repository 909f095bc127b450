package dev.keystile.http;

/** What stands in one place of a request. Immutable; printing it shows no text of a client. */
public sealed interface Credential {

    /** Nothing. */
    record Absent() implements Credential {}

    /** More than one credential. */
    record Several() implements Credential {}

    /** Something that cannot be a credential. */
    record Unreadable() implements Credential {}

    /**
     * A text that may be a key.
     *
     * @param text never to be logged
     */
    record Presented(String text) implements Credential {

        @Override
        public String toString() {
            return "Presented[…]";
        }
    }

    Credential ABSENT = new Absent();
    Credential SEVERAL = new Several();
    Credential UNREADABLE = new Unreadable();
}
