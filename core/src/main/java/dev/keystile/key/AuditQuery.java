package dev.keystile.key;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which changes of an account's keys to read: newest first, a page at a time.
 *
 * <p>Immutable.
 *
 * @param account whose keys
 * @param key     of this key only, if given
 * @param before  changes before this revision only, if given: that of the last one of the page before
 * @param limit   entries a page, 1 to {@value #MAX_LIMIT}
 */
public record AuditQuery(String account, Optional<KeyId> key, OptionalLong before, int limit) {

    public static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 50;

    /** @throws IllegalArgumentException if the limit is out of bounds */
    public AuditQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + ": expected 1 to " + MAX_LIMIT);
        }
    }

    /** The first page of what became of an account's keys. */
    public static AuditQuery ofAccount(String account) {
        return new AuditQuery(account, Optional.empty(), OptionalLong.empty(), DEFAULT_LIMIT);
    }

    /** What became of one key. */
    public AuditQuery ofKey(KeyId only) {
        return new AuditQuery(account, Optional.of(only), before, limit);
    }

    /** What was before an entry. */
    public AuditQuery before(AuditEntry last) {
        return new AuditQuery(account, key, OptionalLong.of(last.revision()), limit);
    }

    /** At most so many. */
    public AuditQuery limit(int entries) {
        return new AuditQuery(account, key, before, entries);
    }
}
