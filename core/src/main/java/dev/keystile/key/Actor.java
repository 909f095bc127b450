package dev.keystile.key;

import java.util.Set;

/** Who changes keys. Immutable. */
public sealed interface Actor {

    /** What the change log calls the actor; no secret. */
    String label();

    /**
     * A person logged in to the application, who acts within one account and grants no more than is said here.
     *
     * @param account     the account they act for
     * @param id          who they are
     * @param memberRoles their roles in the application, such as {@code developer}; of those configured they need one to
     *                    issue, rotate, disable, enable or revoke keys
     * @param grants      what they may let a key have
     */
    record Member(String account, String id, Set<String> memberRoles, Grants grants) implements Actor {

        public Member {
            memberRoles = Set.copyOf(memberRoles);
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
