package dev.keystile.playground;

/** Says why a sample does not start, in words for whoever started it. */
public final class StartRefusedException extends Exception {

    private static final int WRONG_USAGE = 2;
    private static final int FAILED = 1;

    private final int exitStatus;

    private StartRefusedException(int exitStatus, String message) {
        super(message);
        this.exitStatus = exitStatus;
    }

    /** The command line or the environment says what cannot be meant. */
    public static StartRefusedException usage(String message) {
        return new StartRefusedException(WRONG_USAGE, message);
    }

    /** What was asked for cannot be done. */
    public static StartRefusedException failed(String message) {
        return new StartRefusedException(FAILED, message);
    }

    /** Somebody else listens there. */
    public static StartRefusedException portTaken(int port) {
        return failed("port " + port + " is taken: set PORT to another, or to 0 for any");
    }

    /** What the process ends with. */
    public int exitStatus() {
        return exitStatus;
    }
}
