package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");

    @ParameterizedTest
    @CsvSource({
        "0, PT0S",
        "45s, PT45S",
        "30m, PT30M",
        "36h, PT36H",
        "90d, PT2160H",
        "2w, PT336H",
        "999999999s, PT277777H46M39S",
    })
    void length_isReadInOneUnit(String text, Duration length) {
        assertThat(Times.parseLength(text)).isEqualTo(length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "d", "5", "-5d", "+5d", "1.5d", "5 d", "5D", "1h30m", "9999999999d", "٣d", "P1D"})
    void length_ofOtherText_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Times.parseLength(text))
                .withMessageContaining("'" + text + "': expected a whole number of s, m, h, d or w");
    }

    @ParameterizedTest
    @CsvSource({
        "90d, 2027-02-20T10:00:00.123Z",
        "2027-12-31, 2027-12-31T23:59:59Z",
        "2028-02-29, 2028-02-29T23:59:59Z",
        "2027-12-31T18:00:00Z, 2027-12-31T18:00:00Z",
        "2027-12-31T18:00+02:00, 2027-12-31T16:00:00Z",
    })
    void moment_isALengthFromNow_orTheEndOfADay_orATime(String text, Instant moment) {
        assertThat(new Times(NOW, false).parseMoment(text)).isEqualTo(moment);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "tomorrow", "2027-02-29", "2027-12-31T18:00:00", "31.12.2027", "2027-12", "-90d", "T", "-"})
    void moment_ofOtherText_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Times(NOW, false).parseMoment(text))
                .withMessageContaining("expected a length of time, a day or a time");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T10:00:00Z, now",
        "2026-11-22T09:59:30Z, 30s ago",
        "2026-11-22T07:30:00Z, 2h ago",
        "2026-11-22T10:05:01Z, in 5m",
        "2027-12-31T00:00:00Z, in 403d",
        "2020-01-01T00:00:00Z, 2517d ago",
    })
    void moment_shownRelative_isToldInItsLargestUnit(Instant moment, String shown) {
        assertThat(new Times(NOW, true).shown(moment)).isEqualTo(shown);
        assertThat(new Times(NOW, true).brief(Optional.of(moment), "")).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-02T03:04:05.678Z, 2026-01-02T03:04:05Z, 2026-01-02T03:04Z",
        "9999-12-31T23:59:59.999Z, 9999-12-31T23:59:59Z, 9999-12-31T23:59Z",
    })
    void moment_isShownInUtc(Instant moment, String shown, String brief) {
        Times times = new Times(NOW, false);

        assertThat(times.shown(moment)).isEqualTo(shown);
        assertThat(times.brief(Optional.of(moment), "")).isEqualTo(brief);
        assertThat(times.shown(Optional.empty(), "never")).isEqualTo("never");
        assertThat(times.brief(Optional.empty(), "never")).isEqualTo("never");
    }

    @ParameterizedTest
    @CsvSource({"PT0S, 0", "PT24H, 1d", "PT48H, 2d", "PT36H, 36h", "PT90M, 90m", "PT1M30S, 90s", "PT0.5S, 500ms"})
    void length_isShownInOneUnit(Duration length, String shown) {
        assertThat(Times.length(length)).isEqualTo(shown);
    }
}
