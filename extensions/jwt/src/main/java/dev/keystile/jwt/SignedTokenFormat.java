package dev.keystile.jwt;

import dev.keystile.key.ApiKey;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeySecret;
import dev.keystile.key.PresentedKey;
import dev.keystile.key.Proof;
import dev.keystile.key.UnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringTokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JSON Web Tokens that are signed with the private half of a key (ES256), in place of the key itself.
 *
 * <p>Guarantee: a token is proven only if the public half that is stored of the very key says so; what the token says of
 * algorithm or key is compared or refused, and never followed. Its text and what it says are looked at before its signature is,
 * so that what could not be accepted costs no signature work. The {@code kid} names the key to look up, and nothing else.
 *
 * <p>A token holds until its {@code exp}, with the clock skew. It may be presented as often as its owner likes.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7519">RFC 7519, JSON Web Tokens</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8725">RFC 8725, what to look out for with them</a>
 */
public final class SignedTokenFormat implements CredentialFormat {

    static final Duration MAX_AGE = Duration.ofHours(1);
    static final Duration LONGEST_MAX_AGE = Duration.ofDays(366);
    static final Duration CLOCK_SKEW = Duration.ofSeconds(60);
    static final Duration LONGEST_CLOCK_SKEW = Duration.ofMinutes(10);

    /** A client may sign each of its requests anew, and have as many at once as the application has threads. */
    private static final int TEXTS_AT_ONCE = 1024;

    private static final int MILLIS_A_SECOND = 1000;

    /** Of a key. */
    private static final int MOST_ATTRIBUTES = 30;

    private static final int LONGEST_NAME = 100;

    private static final Logger LOG = LoggerFactory.getLogger(SignedTokenFormat.class);

    private final Set<KeyEnvironment> environments;
    private final String audience;
    private final Optional<String> issuerAttribute;
    private final Map<String, String> bound;
    private final Duration maxAge;
    private final Duration skew;
    private final SignatureCheck check;

    private SignedTokenFormat(Builder builder, SignatureCheck check) {
        this.environments = Collections.unmodifiableSet(new LinkedHashSet<>(builder.environments));
        this.audience = builder.audience;
        this.issuerAttribute = builder.issuerAttribute;
        this.bound = Collections.unmodifiableMap(new LinkedHashMap<>(builder.bound));
        this.maxAge = builder.maxAge;
        this.skew = builder.skew;
        this.check = check;
    }

    /**
     * A builder of a format.
     *
     * @param audience     what {@code aud} has to be, or to hold: the API that the tokens are for
     * @param environments those of the keys that sign
     */
    public static Builder builder(String audience, KeyEnvironment... environments) {
        return new Builder(audience, environments);
    }

    @Override
    public int maxLength() {
        return SignedText.MAX_LENGTH;
    }

    @Override
    public Set<KeyEnvironment> signingEnvironments() {
        return environments;
    }

    @Override
    public int textsAtOnce() {
        return TEXTS_AT_ONCE;
    }

    @Override
    public Optional<PresentedKey> parse(String text) {
        try {
            SignedText signed = SignedText.read(text);
            Claims.read(signed.payload());
            return Optional.of(new PresentedKey(keyId(signed), KeyPrefix.SIGNING, text));
        } catch (MalformedTokenException refused) {
            LOG.debug("no token that could be accepted: {}", refused.getMessage());
            return Optional.empty();
        }
    }

    private static KeyId keyId(SignedText signed) throws MalformedTokenException {
        try {
            return new KeyId(signed.keyId());
        } catch (IllegalArgumentException noKeyId) {
            throw new MalformedTokenException("its 'kid' is no key id");
        }
    }

    @Override
    public Proof prove(PresentedKey presented, ApiKey key, KeySecret secret, Instant now) {
        try {
            SignedText signed = SignedText.read(presented.revealText());
            Claims claims = Claims.read(signed.payload());
            Map<String, String> attributes = new LinkedHashMap<>();
            Optional<String> objection =
                    issuerOrAudience(claims, key).or(() -> dates(claims, now)).or(() -> bind(claims, key, attributes));
            if (objection.isPresent()) {
                return Proof.refused(objection.get());
            }
            return check.isOf(secret.publicKey(), signed.signed(), signed.signature())
                    ? Proof.until(Instant.ofEpochSecond(claims.expires()).plus(skew), attributes)
                    : Proof.failed();
        } catch (MalformedTokenException refused) {
            return Proof.refused(String.valueOf(refused.getMessage()));
        }
    }

    /** Why they do not fit; each objection is a text of its own, and none repeats what the token says. */
    private Optional<String> issuerOrAudience(Claims claims, ApiKey key) {
        Optional<String> issuer = issuerAttribute.isEmpty()
                ? Optional.of(key.account())
                : Optional.ofNullable(key.attributes().get(issuerAttribute.get()));
        if (issuer.isEmpty()) {
            return Optional.of("the key lacks the attribute '" + issuerAttribute.orElseThrow() + "', its issuer");
        }
        if (!claims.issuer().equals(issuer)) {
            return Optional.of("its 'iss' is not that of the key");
        }
        return claims.audiences().contains(audience) ? Optional.empty() : Optional.of("its 'aud' is another");
    }

    private Optional<String> dates(Claims claims, Instant now) {
        long nowMillis = now.toEpochMilli();
        long earliest = nowMillis - skew.toMillis();
        long latest = nowMillis + skew.toMillis();
        long expires = claims.expires() * MILLIS_A_SECOND;
        if (expires <= earliest) {
            return Optional.of("its 'exp' is over");
        }
        if (isAfter(claims.notBefore(), latest)) {
            return Optional.of("its 'nbf' has not come");
        }
        if (isAfter(claims.issuedAt(), latest)) {
            return Optional.of("its 'iat' has not come");
        }
        // Both from one clock, so that there is no skew between them; without one, the token began now at the latest.
        boolean tooLong = claims.issuedAt().isPresent()
                ? expires - claims.issuedAt().getAsLong() * MILLIS_A_SECOND > maxAge.toMillis()
                : expires > latest + maxAge.toMillis();
        if (tooLong) {
            return Optional.of("its 'exp' is later than a token may last");
        }
        boolean endsFirst = claims.issuedAt().isPresent()
                && claims.expires() <= claims.issuedAt().getAsLong();
        return endsFirst ? Optional.of("its 'exp' is not after its 'iat'") : Optional.empty();
    }

    private static boolean isAfter(OptionalLong seconds, long millis) {
        return seconds.isPresent() && seconds.getAsLong() * MILLIS_A_SECOND > millis;
    }

    private Optional<String> bind(Claims claims, ApiKey key, Map<String, String> attributes) {
        for (Map.Entry<String, String> binding : bound.entrySet()) {
            String claim = binding.getKey();
            Object value = claims.members().values().get(claim);
            String allowed = key.attributes().get(binding.getValue());
            if (allowed == null) {
                return Optional.of("the key lacks the attribute '" + binding.getValue() + "', which its '" + claim
                        + "' is held against");
            }
            if (!(value instanceof String text) || !hasWord(allowed, text)) {
                return Optional.of("its '" + claim + "' is none of the key's '" + binding.getValue() + "'");
            }
            attributes.put(claim, text);
        }
        return hasRoom(key, attributes.keySet())
                ? Optional.empty()
                : Optional.of("the key has too many attributes to have those that are bound besides");
    }

    /** The principal is the key with the bound claims, and a key has so many attributes at most. */
    private static boolean hasRoom(ApiKey key, Set<String> claims) {
        Set<String> all = new HashSet<>(key.attributes().keySet());
        all.addAll(claims);
        return all.size() <= MOST_ATTRIBUTES;
    }

    private static boolean hasWord(String attribute, String wanted) {
        StringTokenizer words = new StringTokenizer(attribute, " ,");
        while (words.hasMoreTokens()) {
            if (words.nextToken().equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void requireValid(ApiKey key, KeySecret secret) {
        try {
            secret.publicKey();
        } catch (IllegalArgumentException damaged) {
            throw new UnavailableException(
                    "key " + key.id() + ", secret " + secret.number() + ": " + damaged.getMessage(), damaged);
        }
    }

    /** Puts a {@link SignedTokenFormat} together. Not safe for use by many threads. */
    public static final class Builder {

        private final String audience;
        private final List<KeyEnvironment> environments;
        private final Map<String, String> bound = new LinkedHashMap<>();
        private Optional<String> issuerAttribute = Optional.empty();
        private Duration maxAge = MAX_AGE;
        private Duration skew = CLOCK_SKEW;

        private Builder(String audience, KeyEnvironment... environments) {
            this.audience = audience;
            this.environments = new ArrayList<>(Arrays.asList(environments));
        }

        /** The attribute of a key that {@code iss} has to be; the account of the key unless set. */
        public Builder issuerAttribute(String attribute) {
            this.issuerAttribute = Optional.of(attribute);
            return this;
        }

        /**
         * A claim that has to be one of the words of an attribute of the key, letter by letter; blanks or commas stand between
         * words. The principal has the claim as an attribute of the claim's name, for rules to bind to and limits to count for.
         * May be called again, for another claim.
         *
         * @param claim     1 to 100 characters without blanks, as is the attribute
         * @throws IllegalArgumentException if a name is out of bounds, or the claim is bound already
         */
        public Builder bind(String claim, String attribute) {
            requireName(claim);
            requireName(attribute);
            if (bound.putIfAbsent(claim, attribute) != null) {
                throw new IllegalArgumentException("claim '" + claim + "' is bound twice");
            }
            return this;
        }

        private static void requireName(String name) {
            if (name.isEmpty() || name.length() > LONGEST_NAME || name.chars().anyMatch(c -> c <= ' ')) {
                throw new IllegalArgumentException("'" + name + "': expected 1 to 100 characters without blanks");
            }
        }

        /** How long a token may last, 1 second to 366 days; 1 hour unless set. */
        public Builder maxAge(Duration age) {
            this.maxAge = age;
            return this;
        }

        /** How far the clocks of clients may be off, up to 10 minutes; 60 seconds unless set. */
        public Builder clockSkew(Duration most) {
            this.skew = most;
            return this;
        }

        /** @throws IllegalArgumentException if a part is out of bounds */
        public SignedTokenFormat build() {
            return build(SignatureCheck::byNimbus);
        }

        /** As {@link #build()}, with a check that a test can watch. */
        SignedTokenFormat build(SignatureCheck check) {
            if (audience.isBlank()) {
                throw new IllegalArgumentException("a format of signed tokens needs an audience");
            }
            if (environments.isEmpty()) {
                throw new IllegalArgumentException("a format of signed tokens needs an environment");
            }
            if (maxAge.compareTo(Duration.ofSeconds(1)) < 0 || maxAge.compareTo(LONGEST_MAX_AGE) > 0) {
                throw new IllegalArgumentException("age " + maxAge + ": expected 1s to 366d");
            }
            if (skew.isNegative() || skew.compareTo(LONGEST_CLOCK_SKEW) > 0) {
                throw new IllegalArgumentException("clock skew " + skew + ": expected 0 to 10m");
            }
            return new SignedTokenFormat(this, check);
        }
    }
}
