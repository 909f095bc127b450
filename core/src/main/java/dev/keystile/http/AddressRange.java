package dev.keystile.http;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * The addresses whose first bits are the same.
 *
 * @param network the first of them
 * @param bits    how many bits are the same
 */
record AddressRange(InetAddress network, int bits) {

    /** @throws IllegalArgumentException if the text is neither an address nor a range; the message says what would be right */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress network =
                IpAddresses.parse(slash < 0 ? text : text.substring(0, slash)).orElseThrow(() -> unreadable(text));
        int most = 8 * network.getAddress().length;
        AddressRange range = new AddressRange(network, slash < 0 ? most : bits(text, text.substring(slash + 1), most));
        if (!Arrays.equals(range.masked(network), network.getAddress())) {
            throw unreadable(text);
        }
        return range;
    }

    private static int bits(String text, String bits, int most) {
        try {
            int number = Integer.parseInt(bits);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, like a number that is out of bounds.
        }
        throw unreadable(text);
    }

    private static IllegalArgumentException unreadable(String text) {
        return new IllegalArgumentException("'" + text
                + "': expected an IP address or the first address of a range and its bits, such as 10.1.2.3, 10.0.0.0/8"
                + " or fd00::/8");
    }

    boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && Arrays.equals(masked(address), network.getAddress());
    }

    private byte[] masked(InetAddress address) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.max(0, Math.min(8, bits - 8 * i));
            bytes[i] &= (byte) (0xFF00 >> kept);
        }
        return bytes;
    }
}
