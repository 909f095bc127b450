package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpansTest {

    @ParameterizedTest
    @CsvSource({
        "0, PT0S",
        "0s, PT0S",
        "250ms, PT0.25S",
        "45s, PT45S",
        "30m, PT30M",
        "36h, PT36H",
        "90d, PT2160H",
        "2w, PT336H",
        "999999999s, PT277777H46M39S",
    })
    void parse_wholeNumberOfAUnit_isRead(String text, Duration length) {
        assertThat(Spans.parse(text)).isEqualTo(length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "d", "5", "-5d", "+5d", "1.5d", "5 d", "5D", "5us", "1h30m", "9999999999d", "٣d", "P1D", "00"
            })
    void parse_otherText_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Spans.parse(text))
                .withMessage("'" + text + "': expected a whole number of ms, s, m, h, d or w, such as 90d");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0s",
        "PT0.0005S, 0s",
        "PT24H, 1d",
        "PT336H, 14d",
        "PT36H, 36h",
        "PT90M, 90m",
        "PT1M30S, 90s",
        "PT0.5S, 500ms",
    })
    void text_isInTheLongestUnitThatFits(Duration length, String text) {
        assertThat(Spans.text(length)).isEqualTo(text);
    }
}
