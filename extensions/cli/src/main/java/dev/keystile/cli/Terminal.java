package dev.keystile.cli;

/** The person who types, if there is one. */
interface Terminal {

    /** Whether somebody sees what is written and can answer. */
    boolean isPresent();

    /** Asks for a line; empty where the input ended. */
    String ask(String question);

    /** Asks for a line that is not shown while it is typed. */
    String askHidden(String question);

    /** How many characters fit into a line. */
    int width();
}
