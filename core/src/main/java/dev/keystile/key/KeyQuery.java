package dev.keystile.key;

import java.time.Instant;
import java.util.Optional;

/**
 * Which keys of an account to list: newest first, a page at a time.
 *
 * <p>Immutable.
 *
 * @param account     whose keys
 * @param environment of this environment only, if given
 * @param member      those that go with this member only, if given
 * @param status      those of this status only, if given
 * @param text        those only, if given, of which the name, the id, or the last four characters of a secret hold this text,
 *                    whatever the case of ASCII letters; 1 to {@value #MAX_TEXT} characters
 * @param after       the last key of the page before, if any
 * @param limit       keys a page, 1 to {@value #MAX_LIMIT}
 */
public record KeyQuery(
        String account,
        Optional<KeyEnvironment> environment,
        Optional<String> member,
        Optional<StatusAt> status,
        Optional<String> text,
        Optional<Position> after,
        int limit) {

    public static final int MAX_LIMIT = 1000;
    public static final int MAX_TEXT = 100;
    private static final int DEFAULT_LIMIT = 50;

    /**
     * A place in the list, which later keys do not move.
     *
     * @param createdAt when the key at that place was issued
     * @param id        its id
     */
    public record Position(Instant createdAt, KeyId id) {}

    /**
     * A status, as {@link ApiKey#status} tells it.
     *
     * @param status the status
     * @param at     the moment at which keys have it
     */
    public record StatusAt(KeyStatus status, Instant at) {}

    /** @throws IllegalArgumentException if the limit or the text is out of bounds */
    public KeyQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + ": expected 1 to " + MAX_LIMIT);
        }
        text.ifPresent(it -> Names.requireLabel("text", it, MAX_TEXT));
    }

    /** The first page of an account's keys. */
    public static KeyQuery ofAccount(String account) {
        return new KeyQuery(
                account,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                DEFAULT_LIMIT);
    }

    /** Those of one environment. */
    public KeyQuery in(KeyEnvironment only) {
        return new KeyQuery(account, Optional.of(only), member, status, text, after, limit);
    }

    /** Those that go with one {@linkplain ApiKey#member() member}. */
    public KeyQuery ofMember(String only) {
        return new KeyQuery(account, environment, Optional.of(only), status, text, after, limit);
    }

    /** Those that have a status at a moment. */
    public KeyQuery with(KeyStatus only, Instant at) {
        return new KeyQuery(account, environment, member, Optional.of(new StatusAt(only, at)), text, after, limit);
    }

    /** Those whose name, id or last four characters hold a text. */
    public KeyQuery holding(String part) {
        return new KeyQuery(account, environment, member, status, Optional.of(part), after, limit);
    }

    /**
     * A text as {@link #holding} compares it, for stores: ASCII letters in lower case, and no others, for those change with what
     * stands beside them, so that a part would not be found any more.
     */
    public static String folded(String text) {
        StringBuilder folded = new StringBuilder(text);
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                folded.setCharAt(i, (char) (c - 'A' + 'a'));
            }
        }
        return folded.toString();
    }

    /** Those behind a key of the page before. */
    public KeyQuery after(ApiKey last) {
        Position behind = new Position(last.createdAt(), last.id());
        return new KeyQuery(account, environment, member, status, text, Optional.of(behind), limit);
    }

    /** At most so many. */
    public KeyQuery limit(int keys) {
        return new KeyQuery(account, environment, member, status, text, after, keys);
    }
}
