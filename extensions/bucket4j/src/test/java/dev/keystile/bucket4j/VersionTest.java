package dev.keystile.bucket4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VersionTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1048576, false",
        "1048576, 1, 2097152, false",
        "1048577, 1, 2097152, false",
        "2097151, 1, 2097152, true"
    })
    void version_ofAWindow_isBelowThatOfTheNext(long number, long window, long next, boolean last) {
        Version version = new Version(number);

        assertThat(version.window()).isEqualTo(window);
        assertThat(version.nextWindow()).isEqualTo(new Version(next));
        assertThat(version.nextReturn().number()).isEqualTo(number + 1).isLessThanOrEqualTo(next);
        assertThat(version.isLastOfWindow()).isEqualTo(last);
    }
}
