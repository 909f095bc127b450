package dev.keystile.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.TestRequest;
import dev.keystile.http.TrustedProxies.Header;
import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TrustedProxiesTest {

    private static final String[] TRUSTED = {"10.0.0.0/8", "192.0.2.7", "fd00::/8", "2001:db8:ffff::1"};

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            emptyValue = "",
            nullValues = "-",
            value = {
                // peer                | field lines, joined by ¦               | client
                "203.0.113.9           | -                                      | 203.0.113.9",
                "203.0.113.9           | 198.51.100.1                           | 203.0.113.9",
                "10.0.0.1              | -                                      | 10.0.0.1",
                "10.0.0.1              | 198.51.100.1                           | 198.51.100.1",
                "10.0.0.1              | 198.51.100.1:4711                      | 198.51.100.1",
                "10.0.0.1              | 1.1.1.1, 198.51.100.1                  | 198.51.100.1",
                "10.0.0.1              | 1.1.1.1¦198.51.100.1                   | 198.51.100.1",
                "10.0.0.1              | 198.51.100.1, 10.2.3.4                 | 198.51.100.1",
                "10.0.0.1              | 198.51.100.1,10.2.3.4 , 192.0.2.7      | 198.51.100.1",
                "10.0.0.1              | 10.9.9.9, 10.2.3.4                     | 10.9.9.9",
                "10.0.0.1              | 1.1.1.1, unknown                       | 10.0.0.1",
                "10.0.0.1              | 1.1.1.1, unknown, 10.2.3.4             | 10.2.3.4",
                "10.0.0.1              | 1.1.1.1,                               | 10.0.0.1",
                "10.0.0.1              | 1.1.1.1, 198.51.100.1.                 | 10.0.0.1",
                "10.0.0.1              | 198.051.100.1                          | 10.0.0.1",
                "10.0.0.1              | 198.51.100.256                         | 10.0.0.1",
                "10.0.0.1              | 3325256705                             | 10.0.0.1",
                "10.0.0.1              | localhost                              | 10.0.0.1",
                "10.0.0.1              | face%:                                 | 10.0.0.1",
                "10.0.0.1              | dead.be%:                              | 10.0.0.1",
                "10.0.0.1              | 198.51.100.1:port                      | 10.0.0.1",
                "10.0.0.1              | ::ffff:198.51.100.1                    | 198.51.100.1",
                "::ffff:10.0.0.1       | 198.51.100.1                           | 198.51.100.1",
                "192.0.2.8             | 198.51.100.1                           | 192.0.2.8",
                "11.0.0.1              | 198.51.100.1                           | 11.0.0.1",
                "2001:db8:1:2:3:4:5:6  | -                                      | 20010db800010002/64",
                "[2001:db8:1:2::9]     | -                                      | 20010db800010002/64",
                "2001:db8:1:2::9%eth0  | -                                      | 20010db800010002/64",
                "2001:db8:1:3::9       | -                                      | 20010db800010003/64",
                "fd12::1               | 2001:db8:5:6:7:8:9:a                   | 20010db800050006/64",
                "fd12::1               | [2001:db8:5:6::1]:443                  | 20010db800050006/64",
                "fd12::1               | [2001:db8:5:6::1]                      | 20010db800050006/64",
                "fd12::1               | [2001:db8:5:6::1]x                     | fd12000000000000/64",
                "2001:db8:ffff::1      | 198.51.100.1                           | 198.51.100.1",
                "2001:db8:ffff::2      | 198.51.100.1                           | 20010db8ffff0000/64",
                "unix:/run/app.sock    | 198.51.100.1                           | unix:/run/app.sock",
                "``                    | 198.51.100.1                           | ``",
            })
    void xForwardedFor_isReadFromItsEnd(String peer, String lines, String client) {
        assertThat(TrustedProxies.of(Header.X_FORWARDED_FOR, TRUSTED).clientOf(request(peer, "X-Forwarded-For", lines)))
                .isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "10.0.0.1 | -                                                          | 10.0.0.1",
                "10.0.0.1 | for=198.51.100.1                                           | 198.51.100.1",
                "10.0.0.1 | For=198.51.100.1;proto=https;by=10.0.0.1                   | 198.51.100.1",
                "10.0.0.1 | proto=https; for=\"198.51.100.1:4711\"                     | 198.51.100.1",
                "10.0.0.1 | for=1.1.1.1, for=198.51.100.1, for=10.2.3.4                | 198.51.100.1",
                "10.0.0.1 | for=1.1.1.1¦for=198.51.100.1                               | 198.51.100.1",
                "10.0.0.1 | for=\"[2001:db8:5:6::1]:443\"                              | 20010db800050006/64",
                "10.0.0.1 | for=1.1.1.1, for=_hidden                                   | 10.0.0.1",
                "10.0.0.1 | for=1.1.1.1, for=unknown                                   | 10.0.0.1",
                "10.0.0.1 | for=1.1.1.1, proto=https                                   | 10.0.0.1",
                "10.0.0.1 | for=198.51.100.1;for=1.1.1.1                               | 10.0.0.1",
                "10.0.0.1 | for=1.1.1.1;host=\"a, for=2.2.2.2\", for=198.51.100.1      | 198.51.100.1",
                "10.0.0.1 | host=\"a\\\", for=2.2.2.2\", for=198.51.100.1              | 198.51.100.1",
                // What a client left open takes in what the proxy wrote, which is then nobody's word.
                "10.0.0.1 | for=\"1.1.1.1, for=198.51.100.1                            | 10.0.0.1",
                "10.0.0.1 | for=\"1.1.1.1¦for=198.51.100.1                             | 198.51.100.1",
                "10.0.0.1 | for=1.1.1.1;x=\", for=198.51.100.1                         | 10.0.0.1",
                "10.0.0.1 | for=1.1.1.1;x=\", for=\"[2001:db8:5:6::1]\"                | 10.0.0.1",
                "10.0.0.1 | for=1.1.1.1;x=\"\\\", for=198.51.100.1                     | 10.0.0.1",
                "11.0.0.1 | for=198.51.100.1                                           | 11.0.0.1",
            })
    void forwarded_isReadFromItsEnd(String peer, String lines, String client) {
        assertThat(TrustedProxies.of(Header.FORWARDED, TRUSTED).clientOf(request(peer, "Forwarded", lines)))
                .isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            emptyValue = "",
            nullValues = "-",
            value = {
                // peer                | field lines, joined by ¦               | address
                "203.0.113.9           | -                                      | 203.0.113.9",
                "2001:db8:1:2:3:4:5:6  | -                                      | 2001:db8:1:2:3:4:5:6",
                "2001:db8:1:2::9%eth0  | -                                      | 2001:db8:1:2:0:0:0:9",
                "10.0.0.1              | -                                      | 10.0.0.1",
                "10.0.0.1              | 198.51.100.1                           | 198.51.100.1",
                "10.0.0.1              | 10.9.9.9, 10.2.3.4                     | 10.9.9.9",
                "10.0.0.1              | unknown, 198.51.100.1, 10.2.3.4        | 198.51.100.1",
                "fd12::1               | [2001:db8:5:6::1]:443                  | 2001:db8:5:6:0:0:0:1",
                "10.0.0.1              | 1.1.1.1, unknown                       | -",
                "10.0.0.1              | 1.1.1.1, unknown, 10.2.3.4             | -",
                "10.0.0.1              | 1.1.1.1,                               | -",
                "10.0.0.1              | ``                                     | -",
                "10.0.0.1              | 198.51.100.256                         | -",
                "10.0.0.1              | localhost                              | -",
                "unix:/run/app.sock    | 198.51.100.1                           | -",
                "``                    | 198.51.100.1                           | -",
            })
    void address_isWhole_andNoneWhereATrustedProxyNamesNone(String peer, String lines, String address) {
        assertThat(TrustedProxies.of(Header.X_FORWARDED_FOR, TRUSTED)
                        .addressOf(request(peer, "X-Forwarded-For", lines))
                        .map(InetAddress::getHostAddress))
                .isEqualTo(Optional.ofNullable(address));
    }

    private static TestRequest request(String peer, String header, String lines) {
        TestRequest request = TestRequest.get("/a").from(peer);
        if (lines != null) {
            for (String line : lines.split("¦", -1)) {
                request.header(header, line);
            }
        }
        return request;
    }

    /** A container may take it from a header, and it is kept for as long as it is counted. */
    @Test
    void whatIsNoAddress_standsForItself_upTo64Characters() {
        TrustedProxies proxies = TrustedProxies.none();
        String longest = "x".repeat(64);

        assertThat(proxies.clientOf(TestRequest.get("/a").from(longest))).isEqualTo(longest);
        assertThat(proxies.clientOf(TestRequest.get("/a").from(longest + "y"))).isEqualTo(longest);
    }

    @Test
    void theOtherHeader_isTheClients_andNotRead() {
        TestRequest both = TestRequest.get("/a")
                .from("10.0.0.1")
                .header("Forwarded", "for=198.51.100.1")
                .header("X-Forwarded-For", "203.0.113.5");

        assertThat(TrustedProxies.of(Header.FORWARDED, TRUSTED).clientOf(both)).isEqualTo("198.51.100.1");
        assertThat(TrustedProxies.of(Header.X_FORWARDED_FOR, TRUSTED).clientOf(both))
                .isEqualTo("203.0.113.5");
        assertThat(TrustedProxies.none().clientOf(both)).isEqualTo("10.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, 203.0.113.9, true",
        "128.0.0.0/1, 127.255.255.255, false",
        "128.0.0.0/1, 128.0.0.0, true",
        "10.1.2.0/23, 10.1.3.255, true",
        "10.1.2.0/23, 10.1.4.0, false",
        "10.1.2.3/32, 10.1.2.3, true",
        "10.1.2.3/32, 10.1.2.2, false",
        "::/0, 2001:db8::1, true",
        "::/0, 10.1.2.3, false",
        "0.0.0.0/0, 2001:db8::1, false",
        "2001:db8:8000::/33, 2001:db8:7fff::1, false",
        "2001:db8:8000::/33, 2001:db8:8000::1, true"
    })
    void range_trustsItsAddresses_andNoOthers(String range, String peer, boolean trusted) {
        String client = TrustedProxies.of(Header.X_FORWARDED_FOR, range)
                .clientOf(TestRequest.get("/a").from(peer).header("X-Forwarded-For", "192.0.2.55"));

        assertThat(client.equals("192.0.2.55")).isEqualTo(trusted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy.example.com",
                "10.0.0",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "10.0.0.0/x",
                "10.0.0.1/8",
                "fd00::1/8",
                "fd00::/129",
                "10.0.0.0/8/8",
                "0x0a.0.0.1",
                "2001:db8::g"
            })
    void range_thatCannotBeRead_isRefused(String range) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrustedProxies.of(Header.X_FORWARDED_FOR, range))
                .withMessageContaining("'" + range + "'")
                .withMessageContaining("10.0.0.0/8");
    }
}
