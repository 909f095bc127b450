package dev.keystile.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Public vectors: every one of them, with the verdict that stands beside it. */
class WycheproofTest {

    /** Good ones that some platforms take for forged: their x-coordinate is beyond the order, as that of one in 2^128 is. */
    private static final List<String> UNKNOWN_TO_THE_PLATFORM = List.of(
            "115 k*G has a large x-coordinate", "257 r = 3, x = n + 3 is the smallest possible x with a reduction");

    private interface Judge {

        boolean accepts(ECPublicKey key, Map<String, Object> test) throws MalformedTokenException;
    }

    @Test
    void jsonWebSignatures_areJudgedAsPublished() throws Exception {
        assertThat(wrong("json_web_signature_es256.json", WycheproofTest::acceptsToken))
                .containsExactly("of 39");
    }

    @Test
    void signaturesOfTwoNumbers_areJudgedAsPublished() throws Exception {
        List<String> wrong = wrong("ecdsa_secp256r1_sha256_p1363.json", WycheproofTest::acceptsSignature);

        assertThat(wrong).contains("of 262");
        wrong.removeAll(UNKNOWN_TO_THE_PLATFORM);
        assertThat(wrong).containsExactly("of 262");
    }

    private static boolean acceptsToken(ECPublicKey key, Map<String, Object> test) throws MalformedTokenException {
        SignedText text = SignedText.read((String) member(test, "jws"));
        return SignatureCheck.byNimbus(key, text.signed(), text.signature());
    }

    private static boolean acceptsSignature(ECPublicKey key, Map<String, Object> test) throws MalformedTokenException {
        byte[] signature = HexFormat.of().parseHex((String) member(test, "sig"));
        SignedText.requireTwoNumbers(signature);
        return SignatureCheck.byNimbus(key, HexFormat.of().parseHex((String) member(test, "msg")), signature);
    }

    /** What was judged otherwise than is published, and how many there were. */
    private static List<String> wrong(String file, Judge judge)
            throws IOException, ParseException, GeneralSecurityException {
        List<String> wrong = new ArrayList<>();
        int tests = 0;
        for (Map<String, Object> group : objects(read(file), "groups")) {
            ECPublicKey key = key(group);
            for (Map<String, Object> test : objects(group, "tests")) {
                tests++;
                if (accepts(judge, key, test) != "valid".equals(test.get("result"))) {
                    wrong.add(test.get("tcId") + " " + test.get("comment"));
                }
            }
        }
        wrong.add("of " + tests);
        return wrong;
    }

    private static boolean accepts(Judge judge, ECPublicKey key, Map<String, Object> test) {
        try {
            return judge.accepts(key, test);
        } catch (MalformedTokenException refused) {
            return false;
        }
    }

    private static Map<String, Object> read(String file) throws IOException, ParseException {
        try (InputStream in = WycheproofTest.class.getResourceAsStream("wycheproof/" + file)) {
            return JSONObjectUtils.parse(
                    new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static List<Map<String, Object>> objects(Map<String, Object> of, String name) throws ParseException {
        return List.of(JSONObjectUtils.getJSONObjectArray(of, name));
    }

    private static Object member(Map<String, Object> of, String name) {
        return Objects.requireNonNull(of.get(name), name);
    }

    private static ECPublicKey key(Map<String, Object> group) throws GeneralSecurityException, ParseException {
        KeyFactory keys = KeyFactory.getInstance("EC");
        if (group.containsKey("publicKeyDer")) {
            return (ECPublicKey) keys.generatePublic(
                    new X509EncodedKeySpec(HexFormat.of().parseHex((String) member(group, "publicKeyDer"))));
        }
        Map<String, Object> jwk = JSONObjectUtils.getJSONObject(group, "public");
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        return (ECPublicKey) keys.generatePublic(new ECPublicKeySpec(
                new ECPoint(coordinate(jwk, "x"), coordinate(jwk, "y")),
                parameters.getParameterSpec(ECParameterSpec.class)));
    }

    private static BigInteger coordinate(Map<String, Object> jwk, String name) {
        return new BigInteger(1, Base64.getUrlDecoder().decode((String) member(jwk, name)));
    }
}
