package dev.keystile.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.TestRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialSourceTest {

    private static String shown(Credential credential) {
        if (credential instanceof Credential.Presented presented) {
            return "<" + presented.text() + ">";
        }
        return credential instanceof Credential.Absent
                ? "absent"
                : credential instanceof Credential.Several ? "several" : "unreadable";
    }

    private static TestRequest authorization(String value) {
        return TestRequest.get("/").header("authorization", value.replace("\\t", "\t"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // value of Authorization | bearer | authorization (bare)
                "Bearer key1            | <key1>       | absent",
                "bearer key1            | <key1>       | absent",
                "BEARER key1            | <key1>       | absent",
                "'Bearer    key1'       | <key1>       | absent",
                "' Bearer key1 '        | <key1>       | absent",
                "Bearer\\tkey1          | unreadable   | absent",
                "'Bearer \\tkey1'       | unreadable   | absent",
                "Bearer                 | unreadable   | absent",
                "'Bearer '              | unreadable   | absent",
                "Bearerkey1             | absent       | <Bearerkey1>",
                "'Bearer key1,key2'     | several      | several",
                "'Bearer key1, key2'    | several      | several",
                "'Bearer key1, Bearer key2' | several  | several",
                "'key1, key2'           | absent       | several",
                "'key1,'                | absent       | unreadable",
                "'Bearer key1,'         | unreadable   | unreadable",
                "'Bearer ,key1'         | unreadable   | several",
                "'Bearer ,'             | unreadable   | unreadable",
                "Basic a2V5MTo=         | absent       | absent",
                "key1                   | absent       | <key1>",
                "'  key1  '             | absent       | <key1>",
                "Token key1             | absent       | absent",
                "''                     | absent       | absent",
                "'   '                  | absent       | absent",
            })
    void authorization_isReadAsItsScheme(String value, String bearer, String bare) {
        assertThat(shown(CredentialSource.bearer().read(authorization(value)))).isEqualTo(bearer);
        assertThat(shown(CredentialSource.authorization().read(authorization(value))))
                .isEqualTo(bare);
    }

    /** It is passed on whole, for the verifier to call malformed; no part of it is taken for the key. */
    @Test
    void bearer_withMoreBehindTheKey_isOneText() {
        assertThat(shown(CredentialSource.bearer().read(authorization("Bearer key1 key2"))))
                .isEqualTo("<key1 key2>");
    }

    @Test
    void noHeader_isAbsent() {
        TestRequest request = TestRequest.get("/").header("x-other", "key1");
        assertThat(shown(CredentialSource.bearer().read(request))).isEqualTo("absent");
        assertThat(shown(CredentialSource.basic().read(request))).isEqualTo("absent");
        assertThat(shown(CredentialSource.authorization().read(request))).isEqualTo("absent");
        assertThat(shown(CredentialSource.header("x-api-key").read(request))).isEqualTo("absent");
    }

    @ParameterizedTest
    @CsvSource({"Bearer key1, Bearer key1", "Bearer key1, Basic a2V5MTo=", "Bearer key1, ''", "'', ''"})
    void twoFieldLines_areSeveral(String one, String other) {
        TestRequest request = authorization(one).header("Authorization", other);
        assertThat(shown(CredentialSource.bearer().read(request))).isEqualTo("several");
        assertThat(shown(CredentialSource.basic().read(request))).isEqualTo("several");
        assertThat(shown(CredentialSource.authorization().read(request))).isEqualTo("several");
        TestRequest own = TestRequest.get("/").header("x-api-key", one).header("X-API-Key", other);
        assertThat(shown(CredentialSource.header("x-api-key").read(own))).isEqualTo("several");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key1          | <key1>",
                "'  key1 '     | <key1>",
                "''            | absent",
                "' '           | absent",
                "'key1,key2'   | several",
                "'key1, key2'  | several",
                "'key1,'       | unreadable",
                "Bearer key1   | <Bearer key1>",
            })
    void ownHeader_holdsTheKeyAlone(String value, String expected) {
        TestRequest request = TestRequest.get("/").header("X-Api-Key", value);
        assertThat(shown(CredentialSource.header("x-api-key").read(request))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key1:         | <key1>",
                "key1:password | <key1>",
                "key1:a:b      | <key1>",
                "key1          | unreadable",
                ":password     | unreadable",
                ":             | unreadable",
            })
    void basic_isTheUserName(String pair, String expected) {
        String encoded = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        assertThat(shown(CredentialSource.basic().read(authorization("Basic " + encoded))))
                .isEqualTo(expected);
        assertThat(shown(CredentialSource.basic().read(authorization("bAsIc  " + encoded))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "Basic !!!!, unreadable",
        "Basic a2V5MTo= x, unreadable",
        "Basic, unreadable",
        "Bearer key1, absent",
        "Basica2V5MTo=, absent",
    })
    void basic_thatIsNone(String value, String expected) {
        assertThat(shown(CredentialSource.basic().read(authorization(value)))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "x api key",
                "x-api-key:",
                "x\n",
                "x\u00e9",
                "Authorization",
                "authorization",
                "Proxy-Authorization",
                "Cookie",
                "host",
                "Content-Type",
            })
    void header_thatMeansSomethingElse_isRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CredentialSource.header(name))
                .withMessageContaining("header '" + name + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "Api-Key key1, <key1>",
        "api-key  key1, <key1>",
        "Api-Key, unreadable",
        "'Api-Key key1,key2', several",
        "Api-Keys key1, absent",
        "Bearer key1, absent",
        "key1, absent",
    })
    void ownScheme_isRead_andNoOther(String value, String expected) {
        CredentialSource source = CredentialSource.scheme("Api-Key");
        assertThat(shown(source.read(authorization(value)))).isEqualTo(expected);
        assertThat(source.scheme()).isEqualTo("Api-Key");
        assertThat(source.headerName()).isEqualTo("Authorization");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Api Key", "Bearer", "basic", "Api-Key:"})
    void scheme_thatMeansSomethingElse_isRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CredentialSource.scheme(name))
                .withMessageContaining("scheme '" + name + "'");
    }

    @Test
    void presented_isNotPrinted() {
        assertThat(CredentialSource.bearer().read(authorization("Bearer key1"))).hasToString("Presented[\u2026]");
    }
}
