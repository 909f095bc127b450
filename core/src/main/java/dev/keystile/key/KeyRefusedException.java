package dev.keystile.key;

/** Says why a change to a key was not made. Nothing was changed. The message is fit to be shown and holds no key. */
public final class KeyRefusedException extends RuntimeException {

    /** Why a change was not made. */
    public enum Reason {
        /** There is no such key, or it belongs to another account. */
        NOT_FOUND,
        /** The actor may not do this. */
        FORBIDDEN,
        /** The request contradicts the settings or the state of the key. */
        INVALID,
        /** Somebody else changed the key in between; read it again. */
        CONFLICT
    }

    private final Reason reason;

    /** For stores and managers. */
    public KeyRefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** For stores: the key is not as the change expected it. */
    public static KeyRefusedException conflict(KeyId id) {
        return new KeyRefusedException(
                Reason.CONFLICT, "key " + id + " was changed by somebody else; read it again and repeat");
    }

    /** For stores: a key is to be issued to an account that is suspended. */
    public static KeyRefusedException suspended(String account) {
        return invalid("account " + account + " is suspended");
    }

    static KeyRefusedException notFound(KeyId id) {
        return new KeyRefusedException(Reason.NOT_FOUND, "there is no key " + id);
    }

    static KeyRefusedException forbidden(String message) {
        return new KeyRefusedException(Reason.FORBIDDEN, message);
    }

    static KeyRefusedException invalid(String message) {
        return new KeyRefusedException(Reason.INVALID, message);
    }

    public Reason reason() {
        return reason;
    }
}
