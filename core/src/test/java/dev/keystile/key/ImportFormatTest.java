package dev.keystile.key;

import static dev.keystile.key.KeyEnvironment.LIVE;
import static dev.keystile.key.KeyEnvironment.TEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What texts formats read, which key they take a text for, and which formats cannot be, alone or beside others. */
final class ImportFormatTest {

    private static final String SECRET = "51FwqftsmMDHHbJAMEXXHCgG";

    private static ImportFormat.Builder bare(String name) {
        return ImportFormat.builder(name, KeyKind.SECRET, LIVE).digest(ImportDigest.SHA256);
    }

    private static ImportFormat seam(String name) {
        return bare(name)
                .prefix("mycompany_")
                .publicPart(KeyAlphabet.BASE58, 8, 8, '_')
                .secretPart(KeyAlphabet.BASE58, 24, 24)
                .build();
    }

    private static ImportFormat plain(String name, String prefix, KeyAlphabet alphabet, int least, int most) {
        ImportFormat.Builder format = bare(name).secretPart(alphabet, least, most);
        return prefix.isEmpty() ? format.build() : format.prefix(prefix).build();
    }

    @ParameterizedTest
    @CsvSource({
        "mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG, true",
        "mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCg, false",
        "mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgGG, false",
        "mycompany_BRTRKFs_51FwqftsmMDHHbJAMEXXHCgG, false",
        "mycompany_BRTRKFsLL_51FwqftsmMDHHbJAMEXXHCgG, false",
        "mycompany_BRTRKFs0_51FwqftsmMDHHbJAMEXXHCgG, false",
        "mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHC_G, false",
        "mycompany_BRTRKFsL-51FwqftsmMDHHbJAMEXXHCgG, false",
        "yourcompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCg, false",
        "mycompany_, false",
    })
    void text_isRead_ifItsPartsFit(String text, boolean read) {
        assertThat(seam("seam").parse(text).isPresent()).isEqualTo(read);
    }

    @Test
    void publicPart_decidesWhichKeyItIs_andTheSecretDoesNot() {
        ImportFormat seam = seam("seam");
        KeyId id = seam.parse("mycompany_BRTRKFsL_" + SECRET).orElseThrow().id();

        assertThat(seam.parse("mycompany_BRTRKFsL_" + "x".repeat(24))
                        .orElseThrow()
                        .id())
                .isEqualTo(id);
        assertThat(seam.parse("mycompany_BRTRKFsM_" + SECRET).orElseThrow().id())
                .isNotEqualTo(id);
    }

    /** Settings may call it something else, and the keys are found all the same. */
    @Test
    void name_isNoPartOfTheId() {
        String text = "mycompany_BRTRKFsL_" + SECRET;
        assertThat(seam("old-name").parse(text).orElseThrow().id())
                .isEqualTo(seam("new-name").parse(text).orElseThrow().id());
    }

    @Test
    void publicPartLast_isReadFromTheEnd() {
        ImportFormat format = bare("reversed")
                .publicPart(KeyAlphabet.DIGITS, 1, 9, '.')
                .publicPartLast()
                .secretPart(KeyAlphabet.BASE58, 24, 24)
                .build();
        PresentedKey one = format.parse(SECRET + ".17").orElseThrow();

        assertThat(one.prefix()).isEmpty();
        assertThat(format.parse("x".repeat(24) + ".17").orElseThrow().id()).isEqualTo(one.id());
        assertThat(format.parse(SECRET + ".18").orElseThrow().id()).isNotEqualTo(one.id());
        assertThat(format.parse("17." + SECRET)).isEmpty();
    }

    @Test
    void digestOfTheText_decidesWhichKeyItIs_whereNothingIsPublic() {
        ImportFormat format = plain("unkey", "", KeyAlphabet.BASE58, 20, 44);
        ImportedKey.Builder known =
                ImportedKey.of("unkey", "acme", "a key", "CptSN3vQ0shZLIsdT5c/tlpeFK/qqxY0R/aQNCfKhWs=");

        assertThat(format.parse("MVgWNsyPmv6VthC9moCNAPwS").orElseThrow().id())
                .isEqualTo(format.locate(known.build()).id());
        assertThat(format.parse("MVgWNsyPmv6VthC9moCNAPwT").orElseThrow().id())
                .isNotEqualTo(format.locate(known.build()).id());
    }

    static Stream<Arguments> impossible() {
        return Stream.of(
                impossible("a salted digest is another one for each key", it -> it.digest(ImportDigest.BCRYPT)),
                impossible("a salted digest is another one for each key", it -> it.digest(ImportDigest.ARGON2ID)),
                impossible("a salted digest is another one for each key", it -> it.digest(ImportDigest.DJANGO)),
                impossible("a salted digest is another one for each key", ImportFormat.Builder::saltBefore),
                impossible("as few as 77 bits", it -> it.secretPart(KeyAlphabet.BASE62, 13, 40)),
                impossible("as few as 76 bits", it -> it.secretPart(KeyAlphabet.HEX, 19, 19)),
                impossible(
                        "separator '_' may stand in the part before it",
                        it -> it.publicPart(KeyAlphabet.BASE64URL, 8, 8, '_')),
                impossible("separator ':'", it -> it.publicPart(KeyAlphabet.DIGITS, 1, 8, ':')),
                impossible("no public part to stand last", ImportFormat.Builder::publicPartLast),
                impossible(
                        "bcrypt looks at 72 characters and no more, and up to 80",
                        it -> it.publicPart(KeyAlphabet.DIGITS, 1, 8, '|')
                                .secretPart(KeyAlphabet.BASE62, 40, 80)
                                .digest(ImportDigest.BCRYPT)),
                impossible(
                        "digest argon2id has its salt inside",
                        it -> it.publicPart(KeyAlphabet.DIGITS, 1, 8, '|')
                                .digest(ImportDigest.ARGON2ID)
                                .saltAfter()));
    }

    private static Arguments impossible(String reason, Consumer<ImportFormat.Builder> options) {
        return Arguments.argumentSet(reason, reason, options);
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void format_thatCannotBe_isRefusedWithTheReason(String reason, Consumer<ImportFormat.Builder> options) {
        ImportFormat.Builder format = bare("x").secretPart(KeyAlphabet.BASE62, 40, 40);
        options.accept(format);
        assertThatIllegalArgumentException().isThrownBy(format::build).withMessageContaining(reason);
    }

    @Test
    void format_withoutSecretPartOrDigest_isRefusedForBoth() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ImportFormat.builder("X", KeyKind.SECRET, LIVE).build())
                .withMessageContainingAll("name 'X'", "no secret part", "no digest");
    }

    static Stream<Arguments> besideOthers() {
        ImportFormat letters = plain("letters", "", KeyAlphabet.LETTERS, 64, 64);
        return Stream.of(
                beside("same shape", false, letters, plain("same", "", KeyAlphabet.LETTERS, 64, 64)),
                beside("one of several lengths", false, letters, plain("other", "", KeyAlphabet.BASE58, 20, 64)),
                beside("other lengths", true, letters, plain("other", "", KeyAlphabet.BASE58, 20, 63)),
                beside("prefix of the alphabet", false, letters, plain("other", "abcd", KeyAlphabet.LETTERS, 60, 60)),
                beside("prefix outside it", true, letters, plain("other", "ab_", KeyAlphabet.LETTERS, 61, 61)),
                beside(
                        "separator",
                        true,
                        letters,
                        bare("other")
                                .publicPart(KeyAlphabet.DIGITS, 1, 20, '|')
                                .secretPart(KeyAlphabet.BASE62, 40, 80)
                                .build()),
                beside(
                        "separator within the other's alphabet",
                        false,
                        plain("wide", "", KeyAlphabet.BASE64URL, 50, 60),
                        bare("other")
                                .publicPart(KeyAlphabet.DIGITS, 1, 20, '_')
                                .secretPart(KeyAlphabet.BASE62, 40, 80)
                                .build()),
                beside("a minted key's shape", false, plain("other", "acme_live_", KeyAlphabet.BASE62, 45, 45)),
                beside(
                        "a shorter prefix than minted keys have, which wins over it",
                        true,
                        plain("other", "acme_", KeyAlphabet.BASE64URL, 45, 60)),
                beside(
                        "a longer prefix than minted keys have, within their alphabet",
                        false,
                        plain("other", "acme_live_x", KeyAlphabet.BASE62, 44, 44)),
                beside(
                        "two prefixes of which the longer one wins",
                        true,
                        plain("other", "rcb_", KeyAlphabet.UNRESERVED, 20, 40),
                        plain("sandbox", "rcb_sb_", KeyAlphabet.UNRESERVED, 20, 40)),
                beside(
                        "one prefix twice",
                        false,
                        plain("other", "rcb_", KeyAlphabet.UNRESERVED, 20, 40),
                        plain("again", "rcb_", KeyAlphabet.BASE62, 30, 50)),
                beside(
                        "a minted key's prefix and another length",
                        true,
                        plain("other", "acme_live_", KeyAlphabet.BASE62, 24, 44)));
    }

    private static Arguments beside(String what, boolean fits, ImportFormat... formats) {
        return Arguments.argumentSet(what, List.of(formats), fits);
    }

    @ParameterizedTest
    @MethodSource("besideOthers")
    void formats_areRefusedTogether_ifOneTextCouldBeOfBoth(List<ImportFormat> formats, boolean fit) {
        List<KeyPrefix> minted = List.of(KeyPrefix.secret("acme_live_", LIVE));
        assertThat(ImportFormat.problems(formats, minted).isEmpty()).isEqualTo(fit);
    }

    /** Where the prefix says no version, keys of several may begin with it. */
    @Test
    void prefixOfMintedKeys_withoutAVersion_leavesItToTheFormat() {
        ImportFormat second = bare("second")
                .prefix("sk_")
                .secretPart(KeyAlphabet.BASE62, 24, 24)
                .version(2)
                .build();
        KeyPrefix minted = KeyPrefix.secret("sk_", LIVE);

        assertThat(ImportFormat.problems(List.of(second), List.of(minted))).isEmpty();
        assertThat(ImportFormat.problems(List.of(second), List.of(minted.withVersion(1))))
                .hasSize(1);
    }

    @Test
    void prefixOfMintedKeys_meansTheSameAsThere() {
        ImportFormat format = plain("old", "acme_test_", KeyAlphabet.BASE62, 24, 24);
        assertThat(ImportFormat.problems(List.of(format), List.of(KeyPrefix.secret("acme_test_", TEST))))
                .singleElement()
                .asString()
                .contains("import.old", "the same kind, environment and version");
    }

    @Test
    void digests_ofOneText_areOne_howeverTheyAreWritten() {
        ImportFormat format = plain("unkey", "", KeyAlphabet.BASE58, 20, 44);
        Stream<String> written = Stream.of(
                "CptSN3vQ0shZLIsdT5c/tlpeFK/qqxY0R/aQNCfKhWs=",
                "CptSN3vQ0shZLIsdT5c/tlpeFK/qqxY0R/aQNCfKhWs",
                "CptSN3vQ0shZLIsdT5c_tlpeFK_qqxY0R_aQNCfKhWs",
                "0a9b52377bd0d2c8592c8b1d4f973fb65a5e14afeaab163447f6903427ca856b",
                "0A9B52377BD0D2C8592C8B1D4F973FB65A5E14AFEAAB163447F6903427CA856B");
        assertThat(written.map(it -> format.locate(
                                ImportedKey.of("unkey", "acme", "k", it).build()))
                        .distinct())
                .singleElement()
                .satisfies(
                        it -> assertThat(it.digest()).isEqualTo("$sha256$CptSN3vQ0shZLIsdT5c/tlpeFK/qqxY0R/aQNCfKhWs"));
    }

    @Test
    void digest_thatIsNone_isToldWithoutBeingRepeated() {
        ImportFormat format = plain("unkey", "", KeyAlphabet.BASE58, 20, 44);
        for (String wrong :
                List.of("0a9b52377bd0d2c8", "!ptSN3vQ0shZLIsdT5c/tlpeFK/qqxY0R/aQNCfKhWs", "x".repeat(64))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> format.locate(
                            ImportedKey.of("unkey", "acme", "k", wrong).build()))
                    .withMessageContaining("digest: expected sha256: 64 hexadecimal digits")
                    .withMessageNotContaining(wrong);
        }
        assertThat(ImportedKey.of("unkey", "acme", "k", "0a9b52377bd0d2c8")
                        .build()
                        .toString())
                .doesNotContain("0a9b");
    }
}
