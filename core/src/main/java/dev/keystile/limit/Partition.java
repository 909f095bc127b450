package dev.keystile.limit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One count that a limiter keeps: of one limit, for one key, account, or address or attribute at an account. A limit of the same name
 * and other figures is another count, so that going forth and back between two plans refunds nothing.
 *
 * <p>Immutable, and equal to whatever has the same limit, kind and id.
 */
public final class Partition {

    private final String limit;
    private final PartitionKind kind;
    private final String id;
    private final int hash;

    /**
     * A count.
     *
     * @param limit name and figures of the limit, as one text
     * @param kind  for whom it counts
     * @param id    the key id; the account; or account and address, or account and attribute, as one text
     */
    public Partition(String limit, PartitionKind kind, String id) {
        this.limit = limit;
        this.kind = kind;
        this.id = id;
        this.hash = Objects.hash(limit, kind, id);
    }

    /** Name and figures of the limit, as one text. */
    public String limit() {
        return limit;
    }

    /** For whom it counts. */
    public PartitionKind kind() {
        return kind;
    }

    /**
     * The key id; the account; or account and address, or account and attribute, as one text, which is for counting and not
     * for logs.
     */
    public String id() {
        return id;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Partition that
                        && hash == that.hash
                        && kind == that.kind
                        && id.equals(that.id)
                        && limit.equals(that.limit));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Without the address, if it counts for one: that says more of a person than a key id does. */
    @Override
    public String toString() {
        return "Partition[" + limit + ", " + kind.word() + (kind == PartitionKind.ADDRESS ? "" : " " + id) + "]";
    }
}
