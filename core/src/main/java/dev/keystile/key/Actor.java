package dev.keystile.key;

import java.util.Set;

/** Who changes keys. Immutable. */
public sealed interface Actor {

    /** What the change log calls the actor; no secret. */
    String label();

    /**
     * A person logged in to the application, who acts within one account and grants no more than is said here.
     *
     * @param account         the account they act for
     * @param id              who they are
     * @param memberRoles     their roles in the application, such as {@code developer}; issuing asks for one of the
     *                        configured ones
     * @param grantableScopes what they may let a key do
     * @param grantableRoles  the named sets of scopes they may give to a key
     */
    record Member(
            String account,
            String id,
            Set<String> memberRoles,
            Set<KeyScope> grantableScopes,
            Set<String> grantableRoles)
            implements Actor {

        public Member {
            memberRoles = Set.copyOf(memberRoles);
            grantableScopes = Set.copyOf(grantableScopes);
            grantableRoles = Set.copyOf(grantableRoles);
        }

        @Override
        public String label() {
            return "member:" + id;
        }
    }

    /**
     * The application itself or whoever runs it: a start-up routine, a shell. May do everything.
     *
     * @param name what the change log shows
     */
    record Operator(String name) implements Actor {

        @Override
        public String label() {
            return "operator:" + name;
        }
    }

    /**
     * A key, which may revoke itself and nothing else.
     *
     * @param id the key
     */
    record Key(KeyId id) implements Actor {

        @Override
        public String label() {
            return "key:" + id;
        }
    }
}
