package dev.keystile.key;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * The IP addresses whose first bits are the same, as CIDR blocks are written.
 *
 * <p>Immutable.
 *
 * @param network the first of them
 * @param bits    how many bits are the same
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4632#section-3.1">RFC 4632, section 3.1</a>
 */
public record AddressRange(InetAddress network, int bits) {

    /** @throws IllegalArgumentException if the bits are out of bounds, or the address has others that are set */
    public AddressRange {
        if (bits < 0 || bits > 8 * network.getAddress().length) {
            throw new IllegalArgumentException(bits + " bits of " + network.getHostAddress() + ": out of bounds");
        }
        if (!Arrays.equals(masked(network, bits), network.getAddress())) {
            throw new IllegalArgumentException(
                    network.getHostAddress() + "/" + bits + ": not the first address of its range");
        }
    }

    /**
     * Reads one address, or a range such as {@code 10.0.0.0/8} or {@code fd00::/8}; never asks a name server. An IPv4
     * address mapped to IPv6 is the IPv4 address.
     *
     * @throws IllegalArgumentException if the text is neither; the message says what would be right
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress network =
                IpAddresses.parse(slash < 0 ? text : text.substring(0, slash)).orElseThrow(() -> unreadable(text));
        int most = 8 * network.getAddress().length;
        int bits = slash < 0 ? most : bits(text, text.substring(slash + 1), most);
        if (!Arrays.equals(masked(network, bits), network.getAddress())) {
            throw unreadable(text);
        }
        return new AddressRange(network, bits);
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

    /** Whether an address is one of them. */
    public boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && Arrays.equals(masked(address, bits), network.getAddress());
    }

    private static byte[] masked(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.max(0, Math.min(8, bits - 8 * i));
            bytes[i] &= (byte) (0xFF00 >> kept);
        }
        return bytes;
    }

    /** As {@link #parse} reads it: a lone address without its bits. */
    @Override
    public String toString() {
        String first = network.getHostAddress();
        return bits == 8 * network.getAddress().length ? first : first + "/" + bits;
    }
}
