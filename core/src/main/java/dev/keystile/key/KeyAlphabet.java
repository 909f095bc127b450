package dev.keystile.key;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The characters that a part of a key minted elsewhere is written in. */
public enum KeyAlphabet {
    DIGITS("0123456789", 10),
    /** In either case, which a key keeps to. */
    HEX("0123456789abcdefABCDEF", 16),
    LETTERS("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 52),
    /** Without {@code 0}, {@code I}, {@code O} and {@code l}. */
    BASE58("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 58),
    BASE62("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 62),
    /** RFC 4648, section 4, with {@code =} at the end. */
    BASE64("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/=", 64),
    /** RFC 4648, section 5, without {@code =} at the end. */
    BASE64URL("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", 64),
    /** RFC 3986, section 2.3: letters, digits, {@code -}, {@code .}, {@code _} and {@code ~}. */
    UNRESERVED("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~", 66);

    private final String characters;
    private final int symbols;

    KeyAlphabet(String characters, int symbols) {
        this.characters = characters;
        this.symbols = symbols;
    }

    /** The word that settings use, such as {@code base58}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The alphabet of a word. */
    public static Optional<KeyAlphabet> ofWord(String word) {
        return Arrays.stream(values()).filter(it -> it.word().equals(word)).findFirst();
    }

    AsciiSet characters() {
        return AsciiSet.of(characters);
    }

    /** How many bits so many characters hold if each was drawn evenly. */
    double bits(int length) {
        return length * Math.log(symbols) / Math.log(2);
    }
}
