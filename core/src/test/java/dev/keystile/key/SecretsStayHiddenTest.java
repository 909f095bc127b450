package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.CountingHasher;
import dev.keystile.ManualTime;
import dev.keystile.http.Credential;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing that holds a text, a digest or a pepper shows it when printed. */
final class SecretsStayHiddenTest {

    private static final String PEPPER = "a pepper of at least 32 bytes, which nobody sees";

    @Test
    void printed_showsNoTextDigestOrPepper() {
        KeyHasher hasher = KeyHasher.hmacSha256(PEPPER.getBytes(StandardCharsets.UTF_8));
        KeyFormat format = new KeyFormat(List.of(KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE)), List.of(hasher));
        KeyStore store = KeyStore.inMemory();
        try (KeyVerifier<String> verifier =
                KeyVerifier.builder(store, format).time(new ManualTime()).build(key -> "")) {
            KeyManager manager = verifier.manager(ScopeCatalog.builder().build(), Set.of(), Set.of("admin"));
            NewKey wanted = NewKey.of("acme", "a key", KeyEnvironment.LIVE).build();
            IssuedKey issued = manager.issue(wanted, new Actor.Operator("test"));
            ApiKey key = issued.key();
            Stream<Object> before = Stream.of(issued, wanted);
            List<String> printedBefore = before.map(Object::toString).toList();
            String text = issued.revealOnce();
            PresentedKey presented = format.parse(text).orElseThrow();
            String digest = key.newestSecret().digest();
            Stream<Object> after = Stream.of(
                    issued,
                    key,
                    key.newestSecret(),
                    presented,
                    new Credential.Presented(text),
                    new KeyChange(KeyAction.ISSUE, key, "test", key.createdAt()),
                    store.list(KeyQuery.ofAccount("acme")),
                    store,
                    verifier.verify(text),
                    verifier,
                    manager,
                    format,
                    hasher,
                    new CountingHasher(),
                    TextDigest.of(text, 0),
                    Proof.ofSecret());
            assertThat(Stream.concat(printedBefore.stream(), after.map(Object::toString)))
                    .allSatisfy(printed -> assertThat(printed)
                            .doesNotContain(text)
                            .doesNotContain(text.substring(22, text.length() - 6))
                            .doesNotContain(digest)
                            .doesNotContain(digest.substring(digest.lastIndexOf('$') + 1))
                            .doesNotContain(PEPPER));
        }
    }

    @Test
    void presentedAndIssuedKeys_compareByIdentity() throws NoSuchMethodException {
        for (Class<?> type : List.of(PresentedKey.class, IssuedKey.class)) {
            assertThat(type.getMethod("equals", Object.class).getDeclaringClass())
                    .isEqualTo(Object.class);
            assertThat(type.getMethod("hashCode").getDeclaringClass()).isEqualTo(Object.class);
        }
    }
}
