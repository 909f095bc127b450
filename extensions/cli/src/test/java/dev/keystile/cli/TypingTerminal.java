package dev.keystile.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A terminal at which somebody sits, or nobody. */
final class TypingTerminal implements Terminal {

    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> questions = new ArrayList<>();
    private boolean present;
    private int width = 80;

    /** Somebody sits there from now on, and types these lines when asked. */
    TypingTerminal types(String... lines) {
        present = true;
        answers.addAll(List.of(lines));
        return this;
    }

    TypingTerminal wide(int columns) {
        present = true;
        width = columns;
        return this;
    }

    List<String> questions() {
        return questions;
    }

    @Override
    public boolean isPresent() {
        return present;
    }

    @Override
    public String ask(String question) {
        questions.add(question);
        return answers.isEmpty() ? "" : answers.remove();
    }

    @Override
    public String askHidden(String question) {
        return ask(question);
    }

    @Override
    public int width() {
        return width;
    }
}
