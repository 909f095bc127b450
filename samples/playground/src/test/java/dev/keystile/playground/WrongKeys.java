package dev.keystile.playground;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.Actor;
import dev.keystile.key.AddressRange;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.Overlap;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Keys of a playground that are no good, each in another way.
 *
 * @param started where they are tried
 * @param path    what a live key of the scope opens
 * @param scope   what each of them would have
 */
record WrongKeys(Started started, String path, String scope) {

    private static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int CHECKSUM_LENGTH = 6;

    /** What is answered to each, by what is wrong with it. */
    Map<String, HttpResponse<String>> answers() {
        Map<String, HttpResponse<String>> answers = new LinkedHashMap<>();
        texts().forEach((what, key) -> answers.put(what, started.get(path, key)));
        return answers;
    }

    private Map<String, String> texts() {
        Map<String, String> wrong = new LinkedHashMap<>();
        String good = issue().revealOnce();
        assertOpens(good);
        String prefix = prefix(true);
        String body = good.substring(prefix.length());
        int inId = prefix.length() + 2;
        int inSecret = prefix.length() + 17;
        wrong.put("nonsense", "nonsense");
        wrong.put("other alphabet", prefix + "äöü");
        wrong.put("too long", good + "a");
        wrong.put("far too long", prefix + "a".repeat(5000));
        wrong.put("too short", good.substring(0, good.length() - 1));
        wrong.put("wrong checksum", changedAt(good, good.length() - 1));
        wrong.put("wrong secret, wrong checksum", changedAt(good, inSecret));
        wrong.put("wrong secret", withChecksum(changedAt(good, inSecret)));
        wrong.put("other case", prefix + inOtherCase(body));
        wrong.put("unknown", withChecksum(changedAt(good, inId)));
        wrong.put("unknown prefix", withChecksum("rk_unknown_" + body));
        wrong.put("renamed", prefix(false) + body);
        wrong.put("renamed, with its checksum", withChecksum(prefix(false) + body));
        wrong.put("revoked", ended(KeyManager::revoke));
        wrong.put("disabled", ended(KeyManager::disable));
        wrong.put("replaced", ended((keys, id, actor) -> keys.rotate(id, Overlap.none(), actor)));
        wrong.put("expired", expired());
        wrong.put("of a suspended account", suspended());
        wrong.put("from elsewhere", elsewhere());
        return wrong;
    }

    private String prefix(boolean live) {
        return started.keystile().keyFormat().prefixes().stream()
                .filter(prefix -> prefix.environment().equals(LIVE) == live)
                .map(KeyPrefix::text)
                .findFirst()
                .orElseThrow();
    }

    private IssuedKey issue() {
        return started.issue(LIVE, key -> key.scopes(scope));
    }

    private void assertOpens(String key) {
        assertThat(started.get(path, key).statusCode()).isEqualTo(200);
    }

    static String changedAt(String key, int index) {
        char other = key.charAt(index) == 'a' ? 'b' : 'a';
        return key.substring(0, index) + other + key.substring(index + 1);
    }

    /** The text with small letters for capital ones, and the other way round. */
    static String inOtherCase(String text) {
        return text.chars()
                .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** The text with the checksum that its other characters have. */
    static String withChecksum(String key) {
        String rest = key.substring(0, key.length() - CHECKSUM_LENGTH);
        CRC32 crc = new CRC32();
        crc.update(rest.getBytes(StandardCharsets.US_ASCII));
        StringBuilder digits = new StringBuilder();
        for (long left = crc.getValue(); digits.length() < CHECKSUM_LENGTH; left /= 62) {
            digits.insert(0, BASE62.charAt((int) (left % 62)));
        }
        return rest + digits;
    }

    /** What ends a key. */
    @FunctionalInterface
    private interface Ending {
        void end(KeyManager keys, KeyId id, Actor actor);
    }

    private String ended(Ending ending) {
        IssuedKey issued = issue();
        String text = issued.revealOnce();
        assertOpens(text);
        ending.end(started.keystile().keyManager(), issued.key().id(), Started.OPERATOR);
        return text;
    }

    private String suspended() {
        String account = "acct_suspended";
        String text = started.issue(account, LIVE, key -> key.scopes(scope)).revealOnce();
        assertOpens(text);
        started.keystile().keyManager().suspendAccount(account, Started.OPERATOR);
        return text;
    }

    private String elsewhere() {
        List<AddressRange> nowhereHere = List.of(AddressRange.parse("203.0.113.0/24"));
        return started.issue(LIVE, key -> key.scopes(scope).addresses(nowhereHere))
                .revealOnce();
    }

    private String expired() {
        Instant end = Instant.now().truncatedTo(ChronoUnit.MILLIS).plusSeconds(1);
        String text =
                started.issue(LIVE, key -> key.scopes(scope).expiresAt(end)).revealOnce();
        assertOpens(text);
        started.awaitRefusal(path, text, end);
        return text;
    }
}
