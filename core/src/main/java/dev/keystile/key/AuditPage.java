package dev.keystile.key;

import java.util.List;

/**
 * One page of the audit trail.
 *
 * <p>Immutable.
 *
 * @param entries newest first
 * @param more    whether older ones follow; ask for them with {@link AuditQuery#before} the last of these
 */
public record AuditPage(List<AuditEntry> entries, boolean more) {

    public AuditPage {
        entries = List.copyOf(entries);
    }
}
