package dev.keystile.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.key.ImportDigest;
import dev.keystile.key.ImportFormat;
import dev.keystile.key.KeyAlphabet;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyKind;
import dev.keystile.key.KeyPrefix;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which texts hold a key, minted here or elsewhere, and what is left of them. */
final class KeyTextsTest {

    private static final ImportFormat PREFIXED = ImportFormat.builder("prefixed", KeyKind.SECRET, KeyEnvironment.LIVE)
            .prefix("mycompany_")
            .publicPart(KeyAlphabet.BASE58, 8, 8, '_')
            .secretPart(KeyAlphabet.BASE58, 24, 24)
            .digest(ImportDigest.SHA256)
            .build();
    private static final ImportFormat SANCTUM = ImportFormat.builder("sanctum", KeyKind.SECRET, KeyEnvironment.LIVE)
            .publicPart(KeyAlphabet.DIGITS, 1, 20, '|')
            .secretPart(KeyAlphabet.BASE62, 40, 80)
            .digest(ImportDigest.SHA256)
            .build();
    private static final KeyTexts TEXTS =
            new KeyTexts(List.of(KeyPrefix.secret("acme_live_", KeyEnvironment.LIVE)), List.of(PREFIXED, SANCTUM));

    @ParameterizedTest
    @CsvSource({
        "acme_live_0123456789abcdefghij and more, […] and more",
        "acme_live_0123456789, acme_live_0123456789",
        "old (mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG), old ([…])",
        "17|yHl3eRj2mCq8TzWb5VnKf7XsDpA1uGoL9QiEcJ4t8f78ff9c, […]",
        "17|short, 17|short",
        "mycompany_report for all of $1, mycompany_report for all of $1",
    })
    void key_inAText_isHidden(String text, String shown) {
        assertThat(TEXTS.hidden(text)).isEqualTo(shown);
        assertThat(TEXTS.mayHoldKey(text)).isEqualTo(!text.equals(shown));
    }
}
