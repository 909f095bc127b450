package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.SANDBOX;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keystile.CountingHasher;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyFormatTest {

    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final KeyPrefix ACME_LIVE = KeyPrefix.secret("acme_live_", LIVE);
    private static final KeyPrefix ACME_TEST = KeyPrefix.secret("acme_test_", TEST);
    private static final KeyFormat FORMAT = format(ACME_LIVE, ACME_TEST);

    private static KeyFormat format(KeyPrefix... prefixes) {
        return new KeyFormat(List.of(prefixes), List.of(new CountingHasher()));
    }

    @ParameterizedTest
    @CsvSource({
        // The vector of secret scanners: 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
        "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ, 0mLq17",
        "'', 000000",
    })
    void checksum_ofVector_isKnown(String text, String checksum) {
        assertThat(KeyFormat.checksumText(text)).isEqualTo(checksum);
    }

    @Test
    void mintedText_hasItsShapeAndReadsBack() {
        for (int i = 0; i < 1000; i++) {
            KeyId id = FORMAT.drawId();
            String text = FORMAT.mint("acme_live_", id);
            assertThat(text).matches("acme_live_[0-9A-Za-z]{45}").startsWith("acme_live_" + id.text());
            assertThat(text).endsWith(KeyFormat.checksumText(text.substring(0, text.length() - 6)));
            assertThat(text).hasSize(FORMAT.maxLength());
            PresentedKey read = FORMAT.parse(text).orElseThrow();
            assertThat(read.id()).isEqualTo(id);
            assertThat(read.prefix()).isEqualTo("acme_live_");
            assertThat(read.revealText()).isEqualTo(text);
        }
    }

    @Test
    void mintedTexts_ofOneKey_differ() {
        KeyId id = FORMAT.drawId();
        assertThat(Stream.generate(() -> FORMAT.mint("acme_live_", id)).limit(1000))
                .doesNotHaveDuplicates();
    }

    @Test
    void everyChangeOfOneCharacter_isMalformed() {
        String text = FORMAT.mint("acme_live_", FORMAT.drawId());
        String others = BASE_62 + "_-.~+/= \u0000\u00e9\u0131\uff10";
        for (int i = 0; i < text.length(); i++) {
            for (int j = 0; j < others.length(); j++) {
                char other = others.charAt(j);
                if (other != text.charAt(i)) {
                    String changed = text.substring(0, i) + other + text.substring(i + 1);
                    assertThat(FORMAT.parse(changed)).as("%d: %s", i, other).isEmpty();
                }
            }
        }
    }

    @Test
    void everyOtherLength_isMalformed() {
        String text = FORMAT.mint("acme_live_", FORMAT.drawId());
        for (int end = 0; end < text.length(); end++) {
            assertThat(FORMAT.parse(text.substring(0, end))).isEmpty();
            assertThat(FORMAT.parse(text.substring(end + 1))).isEmpty();
        }
        assertThat(FORMAT.parse(text + "0")).isEmpty();
        assertThat(FORMAT.parse("0" + text)).isEmpty();
        assertThat(FORMAT.parse(text + text)).isEmpty();
        assertThat(FORMAT.parse(" " + text)).isEmpty();
        assertThat(FORMAT.parse(text + "\n")).isEmpty();
    }

    @Test
    void renamedPrefix_isMalformedWithoutItsChecksum() {
        String text = FORMAT.mint("acme_live_", FORMAT.drawId());
        assertThat(FORMAT.parse(text.replace("_live_", "_test_"))).isEmpty();
    }

    @Test
    void longestPrefix_wins() {
        KeyFormat format = format(KeyPrefix.publishable("rcb_", LIVE), KeyPrefix.publishable("rcb_sb_", SANDBOX));
        for (String prefix : List.of("rcb_", "rcb_sb_")) {
            String text = format.mint(prefix, format.drawId());
            assertThat(format.parse(text).orElseThrow().prefix()).isEqualTo(prefix);
        }
        assertThat(format.maxLength()).isEqualTo("rcb_sb_".length() + 45);
    }

    @ParameterizedTest
    @CsvSource({
        "rk_,      rk_,      twice",
        "rk,       rklive,   could be read",
        "rk_live_, rk_live_2, could be read",
    })
    void ambiguousPrefixes_areRefused(String one, String other, String message) {
        for (KeyFormatTable table : List.of(new KeyFormatTable(one, other), new KeyFormatTable(other, one))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> format(KeyPrefix.secret(table.first(), LIVE), KeyPrefix.secret(table.second(), TEST)))
                    .withMessageContaining(message)
                    .withMessageContaining("'" + one + "'");
        }
    }

    private record KeyFormatTable(String first, String second) {}

    @ParameterizedTest
    @ValueSource(strings = {"", " rk_", "rk live", "rk/", "rk\u00e9_", "rk\n", "a123456789012345678901234567890_x"})
    void prefix_outOfBounds_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyPrefix.secret(text, LIVE))
                .withMessageContaining("key prefix");
    }

    @Test
    void withoutPrefix_readsNothing() {
        KeyFormat none = format();

        assertThat(none.maxLength()).isZero();
        assertThat(none.parse(format(ACME_LIVE).mint(ACME_LIVE.text(), none.drawId())))
                .isEmpty();
    }

    @Test
    void withoutHasher_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new KeyFormat(List.of(ACME_LIVE), List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new KeyFormat(List.of(ACME_LIVE), List.of(new CountingHasher(), new CountingHasher())))
                .withMessageContaining("two hashers for hmac-sha256");
    }

    @Test
    void retiredPrefix_isRead() {
        String text = FORMAT.mint("acme_live_", FORMAT.drawId());
        assertThat(format(ACME_LIVE.retire(), ACME_TEST).parse(text)).isPresent();
    }

    static Stream<String> prefixes() {
        return Stream.of("acme_live_", "sk", "a.b-c_", "-odd_", ".dot", "end-");
    }

    @ParameterizedTest
    @MethodSource("prefixes")
    void scannerPattern_matchesKeysOfItsPrefixAlone(String prefixText) {
        KeyPrefix prefix = KeyPrefix.secret(prefixText, LIVE);
        KeyFormat format = format(prefix);
        Pattern pattern = Pattern.compile(KeyFormat.scannerPattern(prefix));
        String key = format.mint(prefixText, format.drawId());
        assertThat(key).matches(pattern);
        for (String around : List.of("%s", "key=%s", "\"%s\"", "see %s.", "(%s)\n", "https://x.example/?k=%s&v=1")) {
            Matcher found = pattern.matcher(String.format(around, key));
            assertThat(found.find()).as(around).isTrue();
            assertThat(found.group()).isEqualTo(key);
            assertThat(found.find()).isFalse();
        }
        for (String none : List.of(
                key.substring(0, key.length() - 1), key + "0", key.substring(1), key.replace(prefixText, "other_"))) {
            assertThat(pattern.matcher(none).find()).as(none).isFalse();
        }
    }

    @Test
    void scannerPattern_takesDotLiterally() {
        KeyPrefix dotted = KeyPrefix.secret("a.b", LIVE);
        assertThat("aXb" + "0".repeat(45)).doesNotMatch(KeyFormat.scannerPattern(dotted));
    }

    /**
     * The 99.999999th percentile of chi-square with 61 degrees of freedom is below 150; drawing a byte modulo 62 would
     * come out near 800.
     */
    @Test
    void drawing_favoursNoDigit() {
        int[] counts = new int[62];
        int drawn = 10_000;
        for (int i = 0; i < drawn; i++) {
            FORMAT.drawId().text().chars().forEach(digit -> counts[BASE_62.indexOf(digit)]++);
        }
        double expected = drawn * 12 / 62.0;
        double chiSquare = 0;
        for (int count : counts) {
            chiSquare += (count - expected) * (count - expected) / expected;
        }
        assertThat(chiSquare).isLessThan(150);
    }
}
