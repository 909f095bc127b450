package dev.keystile.playground;

import dev.keystile.jwt.TokenSigner;
import dev.keystile.key.ApiKey;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.Spans;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps the private halves of the keys that sign, as their owners would, and signs tokens to try.
 *
 * @param settings those of the contract
 * @param folder   where the files go
 */
record SigningKeys(Map<String, String> settings, Path folder) {

    private static final Duration LONGEST = Duration.ofHours(1);
    private static final String ATTRIBUTE = "attribute ";

    /** Writes the file of a key that was just issued, and gives a token that lasts as long as one may, an hour at most. */
    String save(IssuedKey issued, Instant now) throws StartRefusedException {
        String privateHalf = issued.revealOnce();
        Path file = folder.resolve(issued.fileName().orElseThrow());
        try {
            KeyFile.writeNew(file, privateHalf);
        } catch (IOException unwritable) {
            throw StartRefusedException.failed("the file " + file + " cannot be written: " + unwritable);
        }
        return TokenSigner.of(issued.key().id(), privateHalf)
                .sign(issuer(issued.key()), setting("signing.audience", ""), claims(issued.key()), now, lifetime());
    }

    /** What it takes to sign one's own, in a line. */
    String line(ApiKey key) {
        StringBuilder line = new StringBuilder("# signing key ")
                .append(folder.resolve("AuthKey_" + key.id() + ".p8"))
                .append(", kid ")
                .append(key.id())
                .append(", iss ")
                .append(issuer(key))
                .append(", aud ")
                .append(setting("signing.audience", ""));
        claims(key)
                .forEach((claim, value) ->
                        line.append(", ").append(claim).append(' ').append(value));
        return line.toString();
    }

    private String setting(String name, String otherwise) {
        return settings.getOrDefault(name, otherwise).strip();
    }

    private String issuer(ApiKey key) {
        String issuer = setting("signing.issuer", "account");
        return issuer.startsWith(ATTRIBUTE)
                ? key.attributes()
                        .getOrDefault(issuer.substring(ATTRIBUTE.length()).strip(), "")
                : key.account();
    }

    private Duration lifetime() {
        Duration longest = Spans.parse(setting("signing.max-age", "1h"));
        return longest.compareTo(LONGEST) < 0 ? longest : LONGEST;
    }

    /** Of each claim that is bound, the first that the key may say. */
    private Map<String, String> claims(ApiKey key) {
        Map<String, String> claims = new LinkedHashMap<>();
        for (String each : setting("signing.bind", "").split(",", -1)) {
            String entry = each.strip();
            int colon = entry.indexOf(':');
            if (colon > 0) {
                String words = key.attributes()
                        .getOrDefault(entry.substring(colon + 1), "")
                        .replace(',', ' ')
                        .strip();
                int end = words.indexOf(' ');
                claims.put(entry.substring(0, colon), end < 0 ? words : words.substring(0, end));
            }
        }
        return claims;
    }
}
