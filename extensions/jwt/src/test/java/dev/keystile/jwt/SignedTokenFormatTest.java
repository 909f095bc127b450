package dev.keystile.jwt;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.Keystile;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.ScopePolicy;
import dev.keystile.testkit.GetRequest;
import dev.keystile.testkit.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SignedTokenFormatTest {

    private static final Actor OPERATOR = new Actor.Operator("test");

    private final ManualTime time = new ManualTime();
    private final KeyStore store = KeyStore.inMemory();
    private final AtomicInteger checks = new AtomicInteger();
    private final Keystile keystile = keystile(builder -> builder);
    private final IssuedKey issued = issue("com.example.a com.example.b");
    private final Tokens tokens = Tokens.of(issued);

    private Keystile keystile(Function<SignedTokenFormat.Builder, SignedTokenFormat.Builder> more) {
        SignedTokenFormat format = more.apply(
                        SignedTokenFormat.builder("test-api", LIVE).bind("bid", "apps"))
                .build((key, signed, signature) -> {
                    checks.incrementAndGet();
                    return SignatureCheck.byNimbus(key, signed, signature);
                });
        return Keystile.builder(store)
                .prefixes(KeyPrefix.secret("tk_live_", LIVE))
                .format(format)
                .rules(ScopePolicy.builder().allow("GET", "/a", "a:read").build())
                .failureLimit(RateLimit.perMinute(5))
                .time(time)
                .build();
    }

    private IssuedKey issue(String apps) {
        return keystile.keyManager()
                .issue(
                        NewKey.of("acme", "signer", LIVE)
                                .signing()
                                .scopes("a:read")
                                .attribute("apps", apps)
                                .attribute("issuer", "57246542-96fe")
                                .build(),
                        OPERATOR);
    }

    @AfterEach
    void close() {
        keystile.close();
    }

    private Decision present(String text) {
        return keystile.decide(new GetRequest("/a", text));
    }

    private static DenialCause cause(Decision decision) {
        return ((Denied) decision).cause();
    }

    @Test
    void issuedKey_isHandedOutOnceAsP8_andItsPublicHalfIsKept() {
        IssuedKey another = issue("com.example.a");
        String pem = another.revealOnce();

        assertThat(another.fileName()).contains("AuthKey_" + another.key().id() + ".p8");
        assertThat(pem).startsWith("-----BEGIN PRIVATE KEY-----\n").endsWith("\n-----END PRIVATE KEY-----\n");
        assertThat(pem.lines()).allMatch(line -> line.length() <= 64);
        assertThat(another.key().signs()).isTrue();
        assertThat(another.key().newestSecret().digest()).startsWith("$es256$");
        assertThat(another.toString() + another.key()).doesNotContain(pem.substring(30, 60));
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(another::revealOnce);
    }

    @Test
    void token_isVerifiedOnce_andOpensUntilItsEndAndTheSkew() {
        String token = tokens.sign(time.now());

        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(keystile.decideWithoutBlocking(new GetRequest("/a", token))).isPresent();
        assertThat(checks).hasValue(1);
        time.advance(Duration.ofSeconds(300 + 59));
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);
        time.advance(Duration.ofSeconds(1));
        assertThat(cause(present(token))).isEqualTo(DenialCause.KEY_TOKEN_REFUSED);
        assertThat(checks).as("what is over is not verified again").hasValue(1);
    }

    @Test
    void principal_hasWhatWasBound() {
        String ofB = tokens.sign(Tokens.claims(time.now(), "").replace("example.a", "example.b"));

        for (int i = 0; i < 2; i++) {
            assertThat(present(tokens.sign(time.now()))
                            .principal()
                            .orElseThrow()
                            .attributes())
                    .containsEntry("bid", "com.example.a");
            assertThat(present(ofB).principal().orElseThrow().attributes())
                    .as("at look %d", i)
                    .containsEntry("bid", "com.example.b")
                    .containsEntry("apps", "com.example.a com.example.b");
        }
        assertThat(issued.key().attributes()).doesNotContainKey("bid");
    }

    @Test
    void principal_afterTheKeyWasReadAgain_hasWhatWasBound() {
        String token = tokens.sign(time.now());
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);

        keystile.keyManager().disable(issued.key().id(), OPERATOR);
        assertThat(cause(present(token))).isEqualTo(DenialCause.KEY_DISABLED);
        keystile.keyManager().enable(issued.key().id(), OPERATOR);

        assertThat(present(token).principal().orElseThrow().attributes()).containsEntry("bid", "com.example.a");
        // Past the lease each request reads the store.
        time.advance(Duration.ofSeconds(3));
        assertThat(present(token).principal().orElseThrow().attributes()).containsEntry("bid", "com.example.a");
        assertThat(checks).hasValue(1);
    }

    @ParameterizedTest
    @CsvSource({"revoke, KEY_REVOKED", "disable, KEY_DISABLED", "suspend, KEY_ACCOUNT_SUSPENDED"})
    void whateverEndsTheKey_beatsTheCache(String what, DenialCause expected) {
        String token = tokens.sign(time.now());
        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);

        switch (what) {
            case "revoke" -> keystile.keyManager().revoke(issued.key().id(), OPERATOR);
            case "disable" -> keystile.keyManager().disable(issued.key().id(), OPERATOR);
            default -> keystile.keyManager().suspendAccount("acme", OPERATOR);
        }

        assertThat(cause(present(token))).isEqualTo(expected);
        assertThat(checks).hasValue(1);
    }

    @Test
    void rotation_letsBothHalvesSignUntilTheOverlapEnds() {
        String before = tokens.sign(time.now());
        assertThat(present(before).outcome()).isEqualTo(Outcome.ALLOWED);

        Tokens rotated = Tokens.of(
                keystile.keyManager().rotate(issued.key().id(), Overlap.of(Duration.ofSeconds(60)), OPERATOR));

        assertThat(rotated.keyId()).isEqualTo(tokens.keyId());
        assertThat(present(rotated.sign(time.now())).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(present(tokens.sign(time.now())).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(present(before).outcome()).isEqualTo(Outcome.ALLOWED);
        time.advance(Duration.ofSeconds(60));
        assertThat(cause(present(before))).as("one that was cached").isEqualTo(DenialCause.KEY_SECRET_ENDED);
        assertThat(cause(present(tokens.sign(time.now())))).isEqualTo(DenialCause.KEY_SECRET_ENDED);
        assertThat(present(rotated.sign(time.now())).outcome()).isEqualTo(Outcome.ALLOWED);
    }

    @Test
    void wrongSignatures_areLimited_andCachedTokensGoOn() {
        String good = tokens.sign(time.now());
        assertThat(present(good).outcome()).isEqualTo(Outcome.ALLOWED);
        Tokens stranger = Tokens.of(tokens.keyId(), issue("com.example.a").revealOnce());

        List<DenialCause> causes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            causes.add(cause(present(stranger.sign(time.now()))));
        }

        assertThat(causes.subList(0, 5)).containsOnly(DenialCause.KEY_WRONG_SECRET);
        assertThat(causes.subList(5, 200)).containsOnly(DenialCause.TOO_MANY_FAILURES);
        assertThat(checks).hasValue(6);
        assertThat(present(good).outcome()).isEqualTo(Outcome.ALLOWED);
    }

    @Test
    void plainKeys_andTokens_areReadBesideEachOther() {
        IssuedKey plain = keystile.keyManager()
                .issue(NewKey.of("acme", "plain", LIVE).scopes("a:read").build(), OPERATOR);
        String text = plain.revealOnce();
        Tokens ofPlain =
                Tokens.of(plain.key().id().text(), issue("com.example.a").revealOnce());

        assertThat(present(text).outcome()).isEqualTo(Outcome.ALLOWED);
        assertThat(cause(present(ofPlain.sign(time.now()))))
                .as("a token that names a plain key")
                .isEqualTo(DenialCause.KEY_PREFIX_MISMATCH);
        assertThat(plain.fileName()).isEmpty();
        assertThat(checks).hasValue(0);
    }

    @Test
    void plainKey_thatNamesASigningKey_provesNothing() {
        IssuedKey plain = keystile.keyManager()
                .issue(NewKey.of("acme", "plain", LIVE).scopes("a:read").build(), OPERATOR);
        plain.revealOnce();
        // The checksum is public: whoever knows the id of a key can write a text of the right shape.
        String body = "tk_live_" + issued.key().id() + "A".repeat(27);
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));

        assertThat(cause(present(body + base62(crc.getValue())))).isEqualTo(DenialCause.KEY_PREFIX_MISMATCH);
    }

    private static String base62(long value) {
        String digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        StringBuilder text = new StringBuilder();
        for (long rest = value; text.length() < 6; rest /= 62) {
            text.insert(0, digits.charAt((int) (rest % 62)));
        }
        return text.toString();
    }

    /** What was signed by the right key, and is refused before its signature is looked at. */
    static Stream<Arguments> malformed() {
        return Stream.of(
                header("alg none", h -> h.replace("ES256", "none")),
                header("alg NONE", h -> h.replace("ES256", "NONE")),
                header("alg HS256", h -> h.replace("ES256", "HS256")),
                header("alg ES384", h -> h.replace("ES256", "ES384")),
                header("alg RS256", h -> h.replace("ES256", "RS256")),
                header("alg in lower case", h -> h.replace("ES256", "es256")),
                header("alg with a blank", h -> h.replace("ES256", "ES256 ")),
                header("no alg", h -> h.replace("\"alg\":\"ES256\",", "")),
                header("alg no string", h -> h.replace("\"ES256\"", "[\"ES256\"]")),
                header("alg null", h -> h.replace("\"ES256\"", "null")),
                header("alg twice", h -> h.replace("{", "{\"alg\":\"none\",")),
                header("alg twice, once escaped", h -> h.replace("{", "{\"\\u0061lg\":\"none\",")),
                header("kid twice", h -> h.replace("{", "{\"kid\":\"aaaaaaaaaaaa\",")),
                header("crit", with("\"crit\":[\"exp\"],\"exp\":1")),
                header("crit empty", with("\"crit\":[]")),
                header("b64 false", with("\"crit\":[\"b64\"],\"b64\":false")),
                header("b64 true", with("\"b64\":true")),
                header("jku", with("\"jku\":\"https://example.com/jwks.json\"")),
                header("jwk", with("\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}")),
                header("x5u", with("\"x5u\":\"https://example.com/cert\"")),
                header("x5c", with("\"x5c\":[\"MIIB\"]")),
                header("x5t", with("\"x5t\":\"AA\"")),
                header("zip", with("\"zip\":\"DEF\"")),
                header("enc", with("\"enc\":\"A128GCM\"")),
                header("a member twice deep inside", with("\"x\":{\"y\":[{\"z\":1,\"z\":2}]}")),
                header("nested deep", with("\"x\":" + "[".repeat(50) + "]".repeat(50))),
                header("typ JWE", h -> h.replace("JWT", "JWE")),
                header("no kid", h -> h.replaceAll("\"kid\":\"[^\"]*\",", "")),
                header("kid a number", h -> h.replaceAll("\"kid\":\"[^\"]*\"", "\"kid\":1")),
                header("kid a path", h -> h.replaceAll("\"kid\":\"[^\"]*\"", "\"kid\":\"../../../etc\"")),
                header("kid too long", h -> h.replaceAll("\"kid\":\"([^\"]*)\"", "\"kid\":\"$1a\"")),
                header("kid with SQL", h -> h.replaceAll("\"kid\":\"[^\"]*\"", "\"kid\":\"' OR '1'='1\"")),
                header("no object", h -> "[" + h + "]"),
                header("more behind", h -> h + "{}"),
                header("a comment", h -> h.replace("{", "{/**/")),
                header("a byte order mark", h -> "\uFEFF" + h),
                header("no JSON", h -> "alg=ES256"),
                payload("exp missing", p -> p.replaceAll(",\"exp\":\\d+", "")),
                payload("exp a text", p -> p.replaceAll("\"exp\":(\\d+)", "\"exp\":\"$1\"")),
                payload("exp not whole", p -> p.replaceAll("\"exp\":(\\d+)", "\"exp\":$1.5")),
                payload("exp whole with a point", p -> p.replaceAll("\"exp\":(\\d+)", "\"exp\":$1.0")),
                payload("exp with an exponent", p -> p.replaceAll("\"exp\":\\d+", "\"exp\":1e10")),
                payload("exp beyond a long", p -> p.replaceAll("\"exp\":\\d+", "\"exp\":99999999999999999999")),
                payload("exp that overflows in ms", p -> p.replaceAll("\"exp\":\\d+", "\"exp\":9223372036854775807")),
                payload("exp negative", p -> p.replaceAll("\"exp\":\\d+", "\"exp\":-1")),
                payload("exp null", p -> p.replaceAll("\"exp\":\\d+", "\"exp\":null")),
                payload("exp twice", p -> p.replace("{", "{\"exp\":4102444800,")),
                payload("exp twice, once escaped", p -> p.replace("{", "{\"e\\u0078p\":4102444800,")),
                payload("iat a text", p -> p.replaceAll("\"iat\":(\\d+)", "\"iat\":\"$1\"")),
                payload("iat not whole", p -> p.replaceAll("\"iat\":(\\d+)", "\"iat\":$1.25")),
                payload("nbf beyond a long", p -> p.replace("{", "{\"nbf\":99999999999999999999,")),
                payload("bid twice", p -> p.replace("{", "{\"bid\":\"com.example.b\",")),
                payload("iss a list", p -> p.replace("\"acme\"", "[\"acme\"]")),
                payload("aud a list with a number", p -> p.replace("\"test-api\"", "[\"test-api\",1]")),
                payload("no object", p -> "\"" + "text" + "\""),
                payload("unended", p -> p.substring(0, p.length() - 1)),
                payload("too long", p -> p.replace("{", "{\"x\":\"" + "x".repeat(8000) + "\",")),
                text(
                        "a payload that is not UTF-8",
                        (t, now) -> t.sign(
                                t.header().getBytes(StandardCharsets.UTF_8),
                                Tokens.claims(now, ",\"x\":\"\u00e9\"").getBytes(StandardCharsets.ISO_8859_1))),
                text(
                        "a header that is not UTF-8",
                        (t, now) -> t.sign(
                                t.header().replace("{", "{\"x\":\"\u00e9\",").getBytes(StandardCharsets.ISO_8859_1),
                                Tokens.claims(now, "").getBytes(StandardCharsets.UTF_8))),
                text(
                        "a surrogate in UTF-8",
                        (t, now) -> t.sign(
                                t.header().getBytes(StandardCharsets.UTF_8),
                                Tokens.claims(now, ",\"x\":\"???\"")
                                        .replace("???", "\u00ed\u00a0\u0080")
                                        .getBytes(StandardCharsets.ISO_8859_1))),
                text(
                        "a header with padding",
                        (t, now) -> t.signText(padded(t.header()) + "." + Tokens.encode(Tokens.claims(now, "")))),
                text(
                        "bits that nobody reads",
                        (t, now) ->
                                t.signText(withLooseBits(t.header()) + "." + Tokens.encode(Tokens.claims(now, "")))),
                text(
                        "base 64 of the other alphabet",
                        (t, now) -> t.signText(Base64.getEncoder()
                                        .withoutPadding()
                                        .encodeToString(t.header()
                                                .replace("{", "{\"x\":\"~~~???\",")
                                                .getBytes(StandardCharsets.UTF_8))
                                + "." + Tokens.encode(Tokens.claims(now, "")))),
                signature("empty", s -> new byte[0]),
                signature("short", s -> Arrays.copyOf(s, 63)),
                signature("long", s -> Arrays.copyOf(s, 65)),
                signature("zeros", s -> new byte[64]),
                signature("r = 0", s -> fill(s, 0, 32, (byte) 0)),
                signature("s = 0", s -> fill(s, 32, 64, (byte) 0)),
                signature("r and s of all ones", s -> fill(s, 0, 64, (byte) -1)),
                text("a signature in DER", (t, now) -> {
                    String signed = Tokens.encode(t.header()) + "." + Tokens.encode(Tokens.claims(now, ""));
                    return signed + "." + Tokens.encode(t.signature("SHA256withECDSA", signed));
                }),
                text("two parts", (t, now) -> Tokens.encode(t.header()) + "." + Tokens.encode(Tokens.claims(now, ""))),
                text("four parts", (t, now) -> t.sign(now) + ".AA"),
                text("five parts, as of JWE", (t, now) -> t.sign(now) + ".AA.AA"),
                text("dots", (t, now) -> ".."),
                text("JSON serialization", (t, now) -> Tokens.encode("{\"payload\":\"\",\"signature\":\"\"}")));
    }

    private static Function<String, String> with(String member) {
        return header -> header.replace("{", "{" + member + ",");
    }

    private static Arguments header(String name, Function<String, String> change) {
        return text("header: " + name, (t, now) -> t.sign(change.apply(t.header()), Tokens.claims(now, "")));
    }

    private static Arguments payload(String name, Function<String, String> change) {
        return text("payload: " + name, (t, now) -> t.sign(change.apply(Tokens.claims(now, ""))));
    }

    private static Arguments signature(String name, Function<byte[], byte[]> change) {
        return text("signature: " + name, (t, now) -> {
            String token = t.sign(now);
            int dot = token.lastIndexOf('.');
            byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
            return token.substring(0, dot + 1) + Tokens.encode(change.apply(signature));
        });
    }

    private static Arguments text(String name, BiFunction<Tokens, Instant, String> make) {
        return Arguments.of(name, make);
    }

    private static byte[] fill(byte[] bytes, int from, int to, byte value) {
        byte[] filled = bytes.clone();
        Arrays.fill(filled, from, to, value);
        return filled;
    }

    private static String padded(String header) {
        return Base64.getUrlEncoder().encodeToString((header + " ").getBytes(StandardCharsets.UTF_8)) + "=";
    }

    /** One byte more than whole groups of three, the last character of which says more than it has to. */
    private static String withLooseBits(String header) {
        String text = header;
        while (text.length() % 3 != 1) {
            text += " ";
        }
        String encoded = Tokens.encode(text);
        char last = encoded.charAt(encoded.length() - 1);
        return encoded.substring(0, encoded.length() - 1) + (char) (last + 1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void malformed(String name, BiFunction<Tokens, Instant, String> make) {
        assertThat(cause(present(make.apply(tokens, time.now())))).isEqualTo(DenialCause.KEY_MALFORMED);
        assertThat(checks).as("signatures looked at").hasValue(0);
        assertThat(present(tokens.sign(time.now())).outcome())
                .as("the same, unchanged")
                .isEqualTo(Outcome.ALLOWED);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "another issuer                  | \"iss\":\"acme\"            | \"iss\":\"acme2\"",
                "no issuer                       | \"iss\":\"acme\",           | ''",
                "another audience                | test-api                    | test-api2",
                "no audience                     | \"aud\":\"test-api\",       | ''",
                "audiences, none of them         | \"test-api\"                | [\"a\",\"b\"]",
                "an app of another key           | com.example.a               | com.example.c",
                "an app in another case          | com.example.a               | com.Example.a",
                "the beginning of an app         | com.example.a               | com.example",
                "both apps                       | com.example.a               | com.example.a com.example.b",
                "no app                          | ,\"bid\":\"com.example.a\"  | ''",
                "an empty app                    | com.example.a               | ''",
                "apps as a list                  | \"com.example.a\"           | [\"com.example.a\"]",
                "over                            | @300                        | @-60",
                "an hour and a second            | @300                        | @3601",
                "an hour and a second with skew  | \"iat\":@0,\"exp\":@300     | \"iat\":@60,\"exp\":@3661",
                "no iat, an hour and 61 seconds  | \"iat\":@0,\"exp\":@300     | \"exp\":@3661",
                "iat in the future               | \"iat\":@0                  | \"iat\":@61",
                "nbf in the future               | \"iat\":@0                  | \"nbf\":@61",
                "exp before iat                  | \"iat\":@0,\"exp\":@300     | \"iat\":@30,\"exp\":@20",
                "exp at iat                      | \"iat\":@0,\"exp\":@300     | \"iat\":@30,\"exp\":@30",
            })
    void token_thatSaysWhatDoesNotFit_isRefusedBeforeItsSignature(String name, String instead, String of) {
        Decision decision = present(tokens.sign(claims(instead, of)));

        assertThat(cause(decision)).isEqualTo(DenialCause.KEY_TOKEN_REFUSED);
        assertThat(((Denied) decision).detail()).startsWith("its '");
        assertThat(checks).hasValue(0);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "as it is                        | x                           | x",
                "the other app                   | com.example.a               | com.example.b",
                "audiences, one of them          | \"test-api\"                | [\"a\",\"test-api\"]",
                "over by less than the skew      | \"iat\":@0,\"exp\":@300     | \"exp\":@-59",
                "an hour                         | @300                        | @3600",
                "no iat, an hour and the skew    | \"iat\":@0,\"exp\":@300     | \"exp\":@3660",
                "iat ahead by the skew           | \"iat\":@0                  | \"iat\":@60",
                "nbf ahead by the skew           | \"iat\":@0                  | \"nbf\":@60",
                "more claims                     | \"iss\"                     | \"nonce\":\"x\",\"x\":[{}],\"iss\"",
            })
    void token_thatFits_isAccepted(String name, String instead, String of) {
        assertThat(present(tokens.sign(claims(instead, of))).outcome()).isEqualTo(Outcome.ALLOWED);
    }

    /** Claims with something in place of something; {@code @n} is so many seconds from now. */
    private String claims(String instead, String of) {
        String claims = "{\"iss\":\"acme\",\"aud\":\"test-api\",\"iat\":@0,\"exp\":@300,\"bid\":\"com.example.a\"}"
                .replace(instead, of);
        StringBuilder text = new StringBuilder();
        Matcher moments = Pattern.compile("@(-?\\d+)").matcher(claims);
        while (moments.find()) {
            moments.appendReplacement(
                    text, String.valueOf(time.now().getEpochSecond() + Long.parseLong(moments.group(1))));
        }
        return moments.appendTail(text).toString();
    }

    @ParameterizedTest
    @CsvSource({"JWT", "jwt", "none at all"})
    void typ_isJwtOrNotThere(String typ) {
        String header = typ.equals("none at all")
                ? tokens.header().replace(",\"typ\":\"JWT\"", "")
                : tokens.header().replace("\"JWT\"", "\"" + typ + "\"");

        assertThat(present(tokens.sign(header, Tokens.claims(time.now(), ""))).outcome())
                .isEqualTo(Outcome.ALLOWED);
    }

    @Test
    void builder_outOfBounds_isRefused() {
        for (UnaryOperator<SignedTokenFormat.Builder> wrong : List.<UnaryOperator<SignedTokenFormat.Builder>>of(
                it -> SignedTokenFormat.builder(" ", LIVE),
                it -> SignedTokenFormat.builder("test-api"),
                it -> it.maxAge(Duration.ofMillis(999)),
                it -> it.maxAge(Duration.ofDays(367)),
                it -> it.clockSkew(Duration.ofMillis(-1)),
                it -> it.clockSkew(Duration.ofMinutes(11)),
                it -> it.bind("bid", " "),
                it -> it.bind("", "apps"),
                it -> it.bind("bid", "apps").bind("bid", "others"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> wrong.apply(SignedTokenFormat.builder("test-api", LIVE))
                            .build());
        }
    }

    @Test
    void issuer_canBeAnAttribute() {
        try (Keystile other = keystile(builder -> builder.issuerAttribute("issuer"))) {
            String token = tokens.sign(claims("\"acme\"", "\"57246542-96fe\""));
            assertThat(other.decide(new GetRequest("/a", token)).outcome()).isEqualTo(Outcome.ALLOWED);
            assertThat(cause(other.decide(new GetRequest("/a", tokens.sign(time.now())))))
                    .isEqualTo(DenialCause.KEY_TOKEN_REFUSED);
        }
    }

    @Test
    void keyWithoutTheBoundAttribute_opensNothing() {
        try (Keystile other = keystile(builder -> builder.bind("sub", "subjects"))) {
            String token = tokens.sign(Tokens.claims(time.now(), ",\"sub\":\"x\""));
            assertThat(cause(other.decide(new GetRequest("/a", token)))).isEqualTo(DenialCause.KEY_TOKEN_REFUSED);
        }
    }

    /** What is bound is an attribute besides. */
    @ParameterizedTest
    @CsvSource({"29, ALLOWED", "30, UNAUTHORIZED"})
    void keyOfManyAttributes_hasRoomForWhatIsBound_orOpensNothing(int attributes, Outcome expected) {
        NewKey.Builder wanted = NewKey.of("acme", "signer", LIVE).signing().scopes("a:read");
        wanted.attribute("apps", "com.example.a");
        for (int i = 1; i < attributes; i++) {
            wanted.attribute("attribute-" + i, "x");
        }
        Tokens full = Tokens.of(keystile.keyManager().issue(wanted.build(), OPERATOR));

        assertThat(present(full.sign(time.now())).outcome()).isEqualTo(expected);
    }

    @Test
    void damagedPublicHalf_answersThatItCannotBeTold() {
        KeySecret secret = issued.key().newestSecret();
        String digest = secret.digest();
        change(issued.key(), digest.substring(0, 60) + "AAAA" + digest.substring(64));

        assertThat(cause(present(tokens.sign(time.now())))).isEqualTo(DenialCause.COULD_NOT_TELL);
        assertThat(checks).hasValue(0);
    }

    private void change(ApiKey key, String digest) {
        KeySecret damaged = new KeySecret(
                1, digest, KeySecret.NO_QUICK_CHECK, "", key.newestSecret().createdAt(), Optional.empty());
        store.apply(new KeyChange(
                KeyAction.UPGRADE, key.toBuilder().secrets(List.of(damaged)).build(), "operator:test", time.now()));
        keystile.keyManager().disable(issue("x").key().id(), OPERATOR);
    }

    @Test
    void signingKey_isNotIssuedWhereNothingReadsItsTokens() {
        try (Keystile plain = Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret("tk_live_", LIVE))
                .rules(ScopePolicy.builder().allow("GET", "/a", "a:read").build())
                .build()) {
            assertThat(plain.keyManager().signingEnvironments()).isEmpty();
            assertThatExceptionOfType(KeyRefusedException.class)
                    .isThrownBy(() -> plain.keyManager()
                            .issue(NewKey.of("acme", "signer", LIVE).signing().build(), OPERATOR))
                    .withMessageContaining("signing.environments is not set");
        }
    }

    @Test
    void keysThatSign_whereNothingReadsTheirTokens_stopNoStart() {
        try (Keystile plain = Keystile.builder(store)
                .prefixes(KeyPrefix.secret("tk_live_", LIVE))
                .rules(ScopePolicy.builder().allow("GET", "/a", "a:read").build())
                .time(time)
                .build()) {
            assertThat(cause(plain.decide(new GetRequest("/a", tokens.sign(time.now())))))
                    .isEqualTo(DenialCause.KEY_MALFORMED);
            assertThatExceptionOfType(KeyRefusedException.class)
                    .isThrownBy(() -> plain.keyManager().rotate(issued.key().id(), Overlap.none(), OPERATOR))
                    .withMessageContaining("do not any more");
        }
    }

    @Test
    void prefixOfKeysThatSign_isNobodyElses() {
        assertThat(Keystile.builder(store)
                        .prefixes(KeyPrefix.secret(KeyPrefix.SIGNING, LIVE))
                        .rules(ScopePolicy.builder()
                                .allow("GET", "/a", "a:read")
                                .build())
                        .problems())
                .singleElement()
                .asString()
                .contains("stands for keys that sign");
    }

    /** As of a client that signs each request anew. */
    @Test
    void manyNewTokensAtOnce_areAllVerified() throws Exception {
        int requests = 200;
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            texts.add(tokens.sign(time.now()));
        }
        // So that the key is in memory: nobody waits for the store, which has its own bounds on a busy machine.
        assertThat(present(tokens.sign(time.now())).outcome()).isEqualTo(Outcome.ALLOWED);
        ExecutorService threads = Executors.newFixedThreadPool(requests);
        try {
            List<Callable<Outcome>> calls = new ArrayList<>();
            texts.forEach(text -> calls.add(() -> present(text).outcome()));
            for (Future<Outcome> outcome : threads.invokeAll(calls)) {
                assertThat(outcome.get()).isEqualTo(Outcome.ALLOWED);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(checks).hasValue(requests + 1);
    }

    @Test
    void unknownKey_isRefusedWithoutSignatureWork() {
        Tokens unknown = Tokens.of("aaaaaaaaaaaa", issue("com.example.a").revealOnce());

        assertThat(cause(present(unknown.sign(time.now())))).isEqualTo(DenialCause.KEY_UNKNOWN);
        assertThat(checks).hasValue(0);
    }

    @Test
    void tokenSigner_signsWhatIsAccepted() {
        IssuedKey another = issue("com.example.a");
        String token = TokenSigner.of(another.key().id(), another.revealOnce())
                .sign("acme", "test-api", Map.of("bid", "com.example.a"), time.now(), Duration.ofHours(1));

        assertThat(present(token).outcome()).isEqualTo(Outcome.ALLOWED);
    }

    @Test
    void tokenSigner_ofSomethingElse_isRefused() {
        KeyId id = issued.key().id();
        assertThatIllegalArgumentException().isThrownBy(() -> TokenSigner.of(id, "tk_live_secret"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenSigner.of(id, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
                .withMessageContaining("damaged");
    }
}
