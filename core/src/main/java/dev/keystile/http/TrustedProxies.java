package dev.keystile.http;

import dev.keystile.key.AddressRange;
import dev.keystile.key.IpAddresses;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The proxies whose word is taken for where a request comes from.
 *
 * <p>A client can write any forwarding header it likes, and a proxy appends to it. So the header is read from its end,
 * and only as long as those who wrote it are trusted: the first address that is not a trusted proxy's is the client's.
 * Immutable.
 */
public final class TrustedProxies {

    private static final int NETWORK_BYTES = 8;
    private static final int MAX_TEXT = 64;

    private final List<AddressRange> ranges;
    private final Header header;

    private TrustedProxies(List<AddressRange> ranges, Header header) {
        this.ranges = List.copyOf(ranges);
        this.header = header;
    }

    /** No proxy: a request comes from whom it was received from. */
    public static TrustedProxies none() {
        return new TrustedProxies(List.of(), Header.X_FORWARDED_FOR);
    }

    /**
     * These proxies.
     *
     * @param header the one they append to
     * @param ranges addresses, such as {@code 10.1.2.3}, or ranges, such as {@code 10.0.0.0/8} or {@code fd00::/8}
     * @throws IllegalArgumentException if one cannot be read; the message says what would be right
     */
    public static TrustedProxies of(Header header, String... ranges) {
        return new TrustedProxies(Arrays.stream(ranges).map(AddressRange::parse).toList(), header);
    }

    /** A header in which proxies tell whom they received a request from. The other one could be the client's. */
    public enum Header {
        /** {@code X-Forwarded-For}: addresses separated by {@code ,}. */
        X_FORWARDED_FOR,
        /**
         * {@code Forwarded}: elements with {@code for=}.
         *
         * @see <a href="https://www.rfc-editor.org/rfc/rfc7239#section-4">RFC 7239, section 4</a>
         */
        FORWARDED;

        /** The word that settings use: the header's name in lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** The header of a word; empty if there is none. */
        public static Optional<Header> ofWord(String word) {
            return Arrays.stream(values()).filter(it -> it.word().equals(word)).findFirst();
        }
    }

    /**
     * Where a request comes from, in the portions in which addresses are given out: a whole IPv4 address, the first 64
     * bits of an IPv6 address. What is no address stands for itself, with its first 64 characters: it may be a path of the
     * file system, or whatever a container takes from a header.
     */
    public String clientOf(ApiRequest request) {
        // Whom a trusted proxy could not name counts as that proxy.
        return lastKnown(request).map(it -> portion(it.address())).orElseGet(() -> cut(request.remoteAddress()));
    }

    /**
     * The whole address a request comes from, as far as those who are trusted can tell it: empty if it was received from no
     * IP address, or a proxy says of whom it received it nothing that can be read.
     */
    public Optional<InetAddress> addressOf(ApiRequest request) {
        return lastKnown(request).filter(Known::isClient).map(Known::address);
    }

    /**
     * The last address that was told.
     *
     * @param isClient whether nobody was behind it who could not be named
     */
    private record Known(InetAddress address, boolean isClient) {}

    /** Empty if not even the peer has an address. */
    private Optional<Known> lastKnown(ApiRequest request) {
        InetAddress client = IpAddresses.parse(request.remoteAddress()).orElse(null);
        if (client == null) {
            return Optional.empty();
        }
        if (isTrusted(client)) {
            List<String> entries = ForwardedFor.entries(header, request);
            for (int i = entries.size() - 1; i >= 0; i--) {
                InetAddress entry = ForwardedFor.address(entries.get(i)).orElse(null);
                if (entry == null) {
                    return Optional.of(new Known(client, false));
                }
                client = entry;
                if (!isTrusted(entry)) {
                    break;
                }
            }
        }
        return Optional.of(new Known(client, true));
    }

    /** Whether a request was received from one of them. */
    public boolean sent(ApiRequest request) {
        return !ranges.isEmpty()
                && IpAddresses.parse(request.remoteAddress())
                        .map(this::isTrusted)
                        .orElse(false);
    }

    private boolean isTrusted(InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    private static String portion(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length <= NETWORK_BYTES
                ? address.getHostAddress()
                : HexFormat.of().formatHex(bytes, 0, NETWORK_BYTES) + "/64";
    }
}
