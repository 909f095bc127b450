package dev.keystile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");

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
    @ValueSource(strings = {"", "tomorrow", "2027-12-31T18:00:00", "31.12.2027", "2027-12", "-90d", "T", "-"})
    void moment_ofOtherText_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Times(NOW, false).parseMoment(text))
                .withMessageContaining("expected a length of time, a day or a time");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2027-02-29", "2027-02-30", "2027-13-01"})
    void moment_ofADayThatThereIsNot_saysSo(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Times(NOW, false).parseMoment(text))
                .withMessage("'" + text + "': there is no such day");
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
}
