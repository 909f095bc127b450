package dev.keystile.config;

/**
 * One setting there is, as the guide lists it.
 *
 * <p>Immutable.
 *
 * @param name         its name; {@code *} stands for a name of the owner's choice
 * @param type         what a value looks like, in a few words
 * @param defaultValue what holds when it is not set; empty for nothing
 * @param description  what it means, in a sentence or two
 * @param example      a value that could stand in a file
 * @param sensitive    whether a value is never shown in a message
 */
public record Setting(
        String name, String type, String defaultValue, String description, String example, boolean sensitive) {

    /** A setting whose values may be shown. */
    public static Setting of(String name, String type, String defaultValue, String description, String example) {
        return new Setting(name, type, defaultValue, description, example, false);
    }

    /** A setting whose values are never shown. */
    public static Setting secret(String name, String type, String description, String example) {
        return new Setting(name, type, "", description, example, true);
    }
}
