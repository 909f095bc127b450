package dev.keystile.key;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class UnknownIdsTest {

    private final UnknownIds unknown = new UnknownIds();

    private static KeyId id(int number) {
        return new KeyId(String.format("id%010d", number));
    }

    @Test
    void flood_ofDistinctIds_doesNotGrowIt_andTheLatestStay() {
        for (int i = 0; i < 100_000; i++) {
            unknown.remember(id(i), () -> true);
            assertThat(unknown.size()).isLessThanOrEqualTo(10_000);
        }
        assertThat(unknown.contains(id(99_999))).isTrue();
        assertThat(unknown.contains(id(99_999 - 5_000))).isTrue();
        assertThat(unknown.contains(id(0))).isFalse();
    }

    @Test
    void forgotten_isNoLongerUnknown_whereverItStood() {
        for (int i = 0; i < 7_000; i++) {
            unknown.remember(id(i), () -> true);
        }
        unknown.forget(id(10));
        unknown.forget(id(6_999));
        assertThat(unknown.contains(id(10))).isFalse();
        assertThat(unknown.contains(id(6_999))).isFalse();
        assertThat(unknown.contains(id(11))).isTrue();
        unknown.forgetAll();
        assertThat(unknown.size()).isZero();
    }

    @Test
    void noLongerTrue_isNotRemembered() {
        unknown.remember(id(1), () -> false);
        assertThat(unknown.contains(id(1))).isFalse();
    }
}
