package dev.keystile.cli;

/** How a command ended, as the shell is told. */
enum ExitCode {
    DONE(0, "done"),
    NO(1, "the answer is no: the key is not good, or a question was answered with no"),
    USAGE(2, "the command line is wrong"),
    NOT_FOUND(3, "there is no such key"),
    REFUSED(4, "refused: it contradicts the settings or the state of the key, or somebody changed the key just now"),
    STORE(5, "the store cannot be reached, or could not tell"),
    CONFIGURATION(6, "the settings are missing or wrong"),
    OUTPUT(7, "done, but the output could not be written"),
    DEFECT(70, "a defect in this program");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    int number() {
        return number;
    }

    String meaning() {
        return meaning;
    }
}
