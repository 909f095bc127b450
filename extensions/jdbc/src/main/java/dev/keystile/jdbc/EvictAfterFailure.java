package dev.keystile.jdbc;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Makes the pool drop a connection after any failure but that of a statement which a sound connection refused.
 *
 * <p>The pool by itself knows broken connections by the SQL states of a few databases, and does not test one that was
 * used in the last half second: under load a broken one that it does not know would stay for ever.
 */
final class EvictAfterFailure implements SQLExceptionOverride {

    @java.lang.Override
    public SQLExceptionOverride.Override adjudicate(SQLException failure) {
        String state = failure.getSQLState();
        boolean refused = state != null && (state.startsWith("23") || state.startsWith("42"));
        return refused ? SQLExceptionOverride.Override.CONTINUE_EVICT : SQLExceptionOverride.Override.MUST_EVICT;
    }
}
