package dev.keystile.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PathPatternTest {

    @ParameterizedTest
    @CsvSource({
        // text, segments, open
        "/, 0, false",
        "/**, 0, true",
        "/a, 1, false",
        "/a/, 1, false",
        "/a/**, 1, true",
        "/a/**/, 1, true",
        "/a/*/b, 3, false",
        "/a/{id}/b/**, 3, true",
        "/*, 1, false",
        "/*/**, 1, true",
        "/a.b/..., 2, false",
        "/caf\u00e9/$x:y, 2, false",
    })
    void pattern_readable_isRead(String text, int segments, boolean open) {
        PathPattern pattern = PathPattern.parse(text);
        assertThat(pattern.segments()).hasSize(segments);
        assertThat(pattern.open()).isEqualTo(open);
        assertThat(pattern).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a/b",
                "**",
                "*",
                "//",
                "/a//b",
                "/a//",
                "//a",
                "/**/a",
                "/a/**/b",
                "/a**",
                "/***",
                "/**a",
                "/a*",
                "/*a",
                "/a*b",
                "/{}",
                "/{",
                "/}",
                "/{a",
                "/a}",
                "/{a}b",
                "/a{b}",
                "/{a}{b}",
                "/{a b}",
                "/{a/b}",
                "/{a}/{a}",
                "/.",
                "/..",
                "/a/../b",
                "/a/./b",
                "/a;b",
                "/a\\b",
                "/a%2Fb",
                "/a%20b",
                "/a?b",
                "/a#b",
                "/a\tb",
                "/a\u0000",
            })
    void pattern_thatCouldNotMatch_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PathPattern.parse(text))
                .withMessageStartingWith("path '" + text + "': ");
    }

    @Test
    void variables_areNamed() {
        assertThat(PathPattern.parse("/a/{project_id}/*/{item-id}/**").variables())
                .containsExactlyInAnyOrder("project_id", "item-id");
    }

    @ParameterizedTest
    @CsvSource({
        // one, other, one is within other, they overlap
        "/a,        /a,        true,  true",
        "/a,        /a/,       true,  true",
        "/a,        /*,        true,  true",
        "/*,        /a,        false, true",
        "/{x},      /*,        true,  true",
        "/*,        /{x},      true,  true",
        "/a,        /b,        false, false",
        "/a,        /a/b,      false, false",
        "/a,        /a/**,     true,  true",
        "/a/b/c,    /a/**,     true,  true",
        "/a/b/**,   /a/**,     true,  true",
        "/a/**,     /a/b/**,   false, true",
        "/a/**,     /a,        false, true",
        "/a/*/**,   /a/**,     true,  true",
        "/a/**,     /a/*/**,   false, true",
        "/**,       /**,       true,  true",
        "/,         /**,       true,  true",
        "/,         /*,        false, false",
        "/a/*,      /*/b,      false, true",
        "/a/**,     /*/b,      false, true",
        "/a/b,      /a/c/**,   false, false",
        "/ab,       /a/**,     false, false",
    })
    void patterns_containEachOtherOrNot(String one, String other, boolean within, boolean overlaps) {
        PathPattern first = PathPattern.parse(one);
        PathPattern second = PathPattern.parse(other);
        assertThat(first.isWithin(second)).isEqualTo(within);
        assertThat(first.overlaps(second)).isEqualTo(overlaps);
        assertThat(second.overlaps(first)).isEqualTo(overlaps);
    }
}
