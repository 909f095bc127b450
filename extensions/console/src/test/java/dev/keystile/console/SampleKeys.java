package dev.keystile.console;

import dev.keystile.key.AddressRange;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyAction;
import dev.keystile.key.KeyChange;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyScope;
import dev.keystile.key.KeySecret;
import dev.keystile.key.KeyStore;
import dev.keystile.key.UsageCount;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keys as an account has them after some months; always the same, so that pictures of them are. */
final class SampleKeys {

    static final KeyId CHECKOUT = new KeyId("7Qm2Xb9Lr4Kd");
    static final KeyId PIPELINE = new KeyId("Zt5wNc8Hs1Vp");

    private static final KeyPrefix LIVE = KeyPrefix.secret("lumen_live_", KeyEnvironment.LIVE);
    private static final KeyPrefix TEST = KeyPrefix.secret("lumen_test_", KeyEnvironment.TEST);
    private static final KeyPrefix PUBLIC = KeyPrefix.publishable("lumen_pub_live_", KeyEnvironment.LIVE);
    private static final String DIGEST = "$hmac-sha256$sample";

    private final KeyStore store;
    private final Instant now;
    private final List<KeyChange> changes = new ArrayList<>();

    SampleKeys(KeyStore store, Instant now) {
        this.store = store;
        this.now = now;
    }

    void add() {
        ApiKey checkout = issue(
                key(CHECKOUT, "Checkout server", LIVE, "k3Qz", 121, "usr_ada")
                        .plan("growth")
                        .scopes(scopes("customers:read", "customers:write", "invoices:write"))
                        .addresses(List.of(AddressRange.parse("203.0.113.0/24"), AddressRange.parse("2001:db8::/32"))),
                "usr_ada");
        rotate(checkout, "8fWp", Duration.ofHours(5), Duration.ofHours(24));
        issue(
                key(PIPELINE, "Reporting pipeline", LIVE, "Xn0a", 64, "usr_nina")
                        .plan("growth")
                        .scopes(scopes("customers:read", "invoices:read", "payments:read", "products:read"))
                        .expiresAt(now.plus(Duration.ofDays(5))),
                "usr_nina");
        issue(
                key(new KeyId("B3kfU6ycT0gE"), "Storefront app", PUBLIC, "vR71", 58, "")
                        .scopes(scopes("products:read")),
                "usr_ada");
        ApiKey contractor = issue(
                key(new KeyId("m8SdJ2qPw5Ra"), "Contractor: catalogue import", TEST, "e9Tb", 31, "usr_sam")
                        .scopes(scopes("products:read", "products:write"))
                        .expiresAt(now.plus(Duration.ofDays(59))),
                "usr_sam");
        change(KeyAction.DISABLE, contractor.toBuilder().disabledAt(ago(9)).build(), "usr_ada", "", ago(9));
        ApiKey old = issue(
                key(new KeyId("Yh4GvO7nIz3C"), "Old nightly export", LIVE, "2LsM", 210, "usr_nina")
                        .roles(Set.of("support")),
                "usr_nina");
        change(KeyAction.REVOKE, old.toBuilder().revokedAt(ago(40)).build(), "usr_ada", "", ago(40));
        issue(
                key(new KeyId("pA1eDq6Fx9Uj"), "Support desk", LIVE, "Ic4y", 17, "usr_vera")
                        .roles(Set.of("support")),
                "usr_ada");
        issue(
                key(new KeyId("0Wc8lKz5Ms2N"), "Integration tests", TEST, "oD6h", 3, "")
                        .scopes(scopes(
                                "customers:read", "customers:write", "subscriptions:read", "subscriptions:write")),
                "usr_ada");
        apply();
        use();
    }

    private ApiKey.Builder key(KeyId id, String name, KeyPrefix prefix, String lastFour, int days, String member) {
        KeySecret secret = new KeySecret(1, DIGEST, KeySecret.NO_QUICK_CHECK, lastFour, ago(days), Optional.empty());
        ApiKey.Builder key =
                ApiKey.builder(id, TestMembers.ACCOUNT, name, prefix, secret).createdAt(ago(days));
        if (!member.isEmpty()) {
            key.member(member);
        }
        return key;
    }

    private Instant ago(int days) {
        return now.minus(Duration.ofDays(days)).minus(Duration.ofMinutes(37L * days));
    }

    private static Set<KeyScope> scopes(String... values) {
        return Stream.of(values).map(KeyScope::new).collect(Collectors.toSet());
    }

    private ApiKey issue(ApiKey.Builder key, String by) {
        ApiKey issued = key.createdBy("member:" + by).build();
        return change(KeyAction.ISSUE, issued, by, "", issued.createdAt());
    }

    private ApiKey rotate(ApiKey key, String lastFour, Duration before, Duration overlap) {
        Instant at = now.minus(before);
        KeySecret fresh = new KeySecret(2, DIGEST, KeySecret.NO_QUICK_CHECK, lastFour, at, Optional.empty());
        ApiKey rotated = key.toBuilder()
                .secrets(List.of(key.newestSecret().endingAt(at.plus(overlap)), fresh))
                .build();
        return change(KeyAction.ROTATE, rotated, "usr_ada", "secret 2, overlap " + overlap.toHours() + "h", at);
    }

    private ApiKey change(KeyAction action, ApiKey key, String by, String detail, Instant at) {
        changes.add(new KeyChange(action, key, "member:" + by, Optional.of("198.51.100.23"), detail, at));
        return key;
    }

    /** The trail tells changes in the order in which they were made. */
    private void apply() {
        changes.sort(Comparator.comparing(KeyChange::at));
        for (KeyChange change : changes) {
            long revision = store.find(change.key().id()).map(ApiKey::revision).orElse(0L);
            ApiKey key = change.key().toBuilder().revision(revision).build();
            store.apply(new KeyChange(
                    change.action(), key, change.actor(), change.address(), change.detail(), change.at()));
        }
    }

    private void use() {
        List<UsageCount> counts = new ArrayList<>();
        Instant hour = now.truncatedTo(ChronoUnit.HOURS);
        for (int back = 0; back < 24 * 30; back++) {
            Instant at = hour.minus(Duration.ofHours(back));
            int ofDay = (int) ((at.getEpochSecond() / 3600) % 24);
            long busy = 60 + Math.round(55 * Math.sin((ofDay - 6) * Math.PI / 12)) + (back * 7) % 13;
            counts.add(new UsageCount(CHECKOUT, at, "allowed", busy * 11));
            if (ofDay >= 10 && ofDay <= 13) {
                counts.add(new UsageCount(CHECKOUT, at, "rate-limited", busy + (back * 5) % 17));
            }
            if (back % 31 == 4) {
                counts.add(new UsageCount(CHECKOUT, at, "forbidden", 40));
            }
        }
        store.usage()
                .add(
                        counts,
                        Map.of(
                                CHECKOUT,
                                now.minusSeconds(8),
                                PIPELINE,
                                now.minus(Duration.ofHours(11)),
                                new KeyId("B3kfU6ycT0gE"),
                                now.minus(Duration.ofMinutes(3)),
                                new KeyId("Yh4GvO7nIz3C"),
                                ago(41),
                                new KeyId("0Wc8lKz5Ms2N"),
                                now.minus(Duration.ofDays(1))));
    }
}
