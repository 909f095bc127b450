package dev.keystile.benchmarks;

import dev.keystile.Keystile;
import dev.keystile.KeystileBuilder;
import dev.keystile.key.Actor;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyHasher;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.TimeSource;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.scope.ScopePolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * What every contender guards: 16 rules over eight resources, keys that hold all scopes but one, and one limit for each
 * key.
 *
 * <p>The limit is a bucket whose burst is above its rate, for that is what Keystile and bucket4j read alike, to the
 * header.
 */
public final class Workload implements AutoCloseable {

    static final List<String> RESOURCES =
            List.of("customers", "products", "prices", "subscriptions", "invoices", "payments", "refunds", "webhooks");

    /** The scope that no key has. */
    private static final String WITHHELD = "webhooks:write";

    /** Never spent, whatever the speed. */
    static final RateLimit ROOMY = RateLimit.perMinute(500_000_000).burst(1_000_000_000);
    /** Spent with the second request, for as long as anything is measured. */
    static final RateLimit TIGHT = RateLimit.perDay(1).burst(2);

    private static final String PREFIX = "acme_live_";
    private static final int CHECKSUM_LENGTH = 6;
    private static final KeyEnvironment LIVE = new KeyEnvironment("live");

    /**
     * A key as a contender is given it.
     *
     * @param text    what is presented
     * @param id      what it is called
     * @param account whose it is
     * @param limit   the one limit that applies to it
     */
    public record Key(String text, String id, String account, RateLimit limit) {}

    private final TimeSource time;
    private final Keystile keystile;
    private final List<Key> roomy;
    private final List<Key> tight;
    private final Random random = new Random(1);

    /**
     * @param keys how many keys there are of each limit
     * @param time the clocks of all contenders
     */
    public Workload(int keys, TimeSource time) {
        this.time = time;
        this.keystile = keystile(time);
        this.roomy = issue(keys, "roomy", ROOMY);
        this.tight = issue(keys, "tight", TIGHT);
    }

    private static Keystile keystile(TimeSource time) {
        ScopePolicy.Builder rules = ScopePolicy.builder();
        for (String resource : RESOURCES) {
            rules.allow("GET", pattern(resource), resource + ":read");
            rules.allow("POST", pattern(resource), resource + ":write");
        }
        KeystileBuilder builder = Keystile.builder(KeyStore.inMemory())
                .prefixes(KeyPrefix.secret(PREFIX, LIVE))
                // Only a key's first request is proven by it, so that it has no part in what is measured.
                .hashers(KeyHasher.hmacSha256(new byte[32]))
                .rules(rules.build())
                .plans(Plan.of("roomy", ROOMY), Plan.of("tight", TIGHT))
                // Counted, and never reached: one address fails as often as it can.
                .failureLimit(RateLimit.perMinute(1_000_000_000))
                .time(time);
        return builder.build();
    }

    /** The paths of a resource, in the grammar that Keystile and Spring share. */
    static String pattern(String resource) {
        return "/v1/" + resource + "/**";
    }

    private List<Key> issue(int keys, String plan, RateLimit limit) {
        List<Key> issued = new ArrayList<>(keys);
        for (int i = 0; i < keys; i++) {
            String account = "acct_" + i;
            NewKey wanted = NewKey.of(account, "key " + i, LIVE)
                    .scopes(scopes().toArray(String[]::new))
                    .plan(plan)
                    .build();
            IssuedKey key = keystile.keyManager().issue(wanted, new Actor.Operator("benchmarks"));
            issued.add(new Key(key.revealOnce(), key.key().id().text(), account, limit));
        }
        return issued;
    }

    /** What every key may do. */
    static Set<String> scopes() {
        Set<String> scopes = new LinkedHashSet<>();
        for (String resource : RESOURCES) {
            scopes.add(resource + ":read");
            scopes.add(resource + ":write");
        }
        scopes.remove(WITHHELD);
        return scopes;
    }

    TimeSource time() {
        return time;
    }

    /** The facade that issued the keys; the workload closes it. */
    public Keystile keystile() {
        return keystile;
    }

    /** All keys, of both limits. */
    public List<Key> keys() {
        List<Key> all = new ArrayList<>(roomy);
        all.addAll(tight);
        return all;
    }

    /** Requests that lead to this answer, one for each key, in random order; tight limits have to be spent before. */
    public List<Call> calls(Answer answer) {
        List<Key> shuffled = new ArrayList<>(answer == Answer.LIMITED ? tight : roomy);
        Collections.shuffle(shuffled, random);
        List<Call> calls = new ArrayList<>(shuffled.size());
        for (Key key : shuffled) {
            calls.add(call(answer, key.text(), calls.size()));
        }
        return calls;
    }

    private static Call call(Answer answer, String key, int index) {
        return switch (answer) {
            case HIT, LIMITED -> allowed(key, index);
            case MISSING -> new Call("GET", path(index), List.of());
            case MALFORMED -> Call.of("GET", path(index), withOtherCharacter(key, key.length() - 1));
            case UNKNOWN -> Call.of("GET", path(index), withChecksum(withOtherCharacter(key, PREFIX.length())));
            case WRONG_SECRET ->
                Call.of("GET", path(index), withChecksum(withOtherCharacter(key, key.length() - CHECKSUM_LENGTH - 1)));
            case FORBIDDEN -> Call.of("POST", "/v1/webhooks/" + id(index), key);
        };
    }

    /** A request under any of the rules whose scope all keys have. */
    private static Call allowed(String key, int index) {
        boolean write = index % 2 == 1 && !path(index).startsWith("/v1/webhooks/");
        return Call.of(write ? "POST" : "GET", path(index), key);
    }

    private static String path(int index) {
        return "/v1/" + RESOURCES.get(index / 2 % RESOURCES.size()) + "/" + id(index);
    }

    private static String id(int index) {
        return "obj_" + (1000 + index % 89);
    }

    private static String withOtherCharacter(String text, int at) {
        char other = text.charAt(at) == 'x' ? 'y' : 'x';
        return text.substring(0, at) + other + text.substring(at + 1);
    }

    /** The text with the checksum it would have if it had been minted: CRC-32, in base 62. */
    private static String withChecksum(String text) {
        String checked = text.substring(0, text.length() - CHECKSUM_LENGTH);
        CRC32 crc = new CRC32();
        crc.update(checked.getBytes(StandardCharsets.US_ASCII));
        StringBuilder digits = new StringBuilder();
        for (long rest = crc.getValue(); digits.length() < CHECKSUM_LENGTH; rest /= 62) {
            digits.append("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".charAt((int) (rest % 62)));
        }
        return checked + digits.reverse();
    }

    @Override
    public void close() {
        keystile.close();
    }
}
