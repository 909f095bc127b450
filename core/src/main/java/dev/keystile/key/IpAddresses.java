package dev.keystile.key;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Reads IP addresses; never asks a name server. */
public final class IpAddresses {

    private static final int LONGEST = 64;

    private IpAddresses() {}

    /**
     * An IPv4 address of four decimal numbers, or an IPv6 address, in brackets or not, its zone passed over; an IPv4
     * address mapped to IPv6 is the IPv4 address. Empty if the text is anything else.
     */
    public static Optional<InetAddress> parse(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        String address = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        return address.indexOf(':') >= 0 ? parse6(address) : parse4(address);
    }

    private static Optional<InetAddress> parse4(String text) {
        byte[] bytes = new byte[4];
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            int end = i == bytes.length - 1 ? text.length() : text.indexOf('.', start);
            int number = end < 0 ? -1 : number(text, start, end);
            if (number < 0) {
                return Optional.empty();
            }
            bytes[i] = (byte) number;
            start = end + 1;
        }
        return of(bytes);
    }

    /** 0 to 255 without leading zeros, which some read as octal; -1 for anything else. */
    private static int number(String text, int start, int end) {
        int length = end - start;
        if (length < 1 || length > 3 || (length > 1 && text.charAt(start) == '0')) {
            return -1;
        }
        int number = 0;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = 10 * number + (c - '0');
        }
        return number > 255 ? -1 : number;
    }

    private static Optional<InetAddress> parse6(String text) {
        int zone = text.indexOf('%');
        String address = zone < 0 ? text : text.substring(0, zone);
        if (address.indexOf(':') < 0) {
            return Optional.empty();
        }
        for (int i = 0; i < address.length(); i++) {
            char c = address.charAt(i);
            if (c > '~' || (c != ':' && c != '.' && Character.digit(c, 16) < 0)) {
                return Optional.empty();
            }
        }
        try {
            // In brackets it is a literal or nothing: names are not looked up.
            return Optional.of(InetAddress.getByName("[" + address + "]"));
        } catch (UnknownHostException noLiteral) {
            return Optional.empty();
        }
    }

    private static Optional<InetAddress> of(byte[] bytes) {
        try {
            return Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("four bytes are an address", impossible);
        }
    }
}
