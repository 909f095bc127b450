package dev.keystile.cli;

/** How a terminal shows a text. */
enum Style {
    PLAIN(""),
    BOLD("1"),
    FAINT("2"),
    GOOD("32"),
    CARE("33");

    private static final String ESCAPE = "\u001b[";

    private final String code;

    Style(String code) {
        this.code = code;
    }

    String apply(String text) {
        return code.isEmpty() || text.isEmpty() ? text : ESCAPE + code + "m" + text + ESCAPE + "0m";
    }
}
