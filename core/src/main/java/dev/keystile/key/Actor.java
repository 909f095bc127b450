package dev.keystile.key;

import java.util.Optional;
import java.util.Set;

/** Who changes keys. Immutable. */
public sealed interface Actor {

    /** What the audit trail calls the actor; no secret. */
    String label();

    /** The network address they act from, where it is known; the audit trail keeps it. */
    Optional<String> address();

    /**
     * A person logged in to the application, who acts within one account and grants no more than is said here.
     *
     * @param account     the account they act for
     * @param id          who they are
     * @param memberRoles their roles in the application, such as {@code developer}; of those configured they need one to
     *                    issue, rotate, disable, enable or revoke keys
     * @param grants      what they may let a key have
     * @param address     where they act from, if it is known
     */
    record Member(String account, String id, Set<String> memberRoles, Grants grants, Optional<String> address)
            implements Actor {

        public Member {
            memberRoles = Set.copyOf(memberRoles);
        }

        /** A member whose address is not known. */
        public Member(String account, String id, Set<String> memberRoles, Grants grants) {
            this(account, id, memberRoles, grants, Optional.empty());
        }

        /** This member, at an address. */
        public Member from(String where) {
            return new Member(account, id, memberRoles, grants, Optional.of(where));
        }

        @Override
        public String label() {
            return "member:" + id;
        }
    }

    /**
     * The application itself or whoever runs it: a start-up routine, a shell. May do everything.
     *
     * @param name    what the audit trail shows
     * @param address where they act from, if it is known
     */
    record Operator(String name, Optional<String> address) implements Actor {

        /** An operator whose address is not known. */
        public Operator(String name) {
            this(name, Optional.empty());
        }

        @Override
        public String label() {
            return "operator:" + name;
        }
    }

    /**
     * A key, which may revoke itself and nothing else.
     *
     * @param id      the key
     * @param address where it is used from, if it is known
     */
    record Key(KeyId id, Optional<String> address) implements Actor {

        /** A key whose address is not known. */
        public Key(KeyId id) {
            this(id, Optional.empty());
        }

        @Override
        public String label() {
            return "key:" + id;
        }
    }
}
