package dev.keystile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JVMs in which argon2-jvm, JNA or the native library cannot be had. */
@Timeout(60)
final class NativeLibraryTest {

    private static final List<String> UNLOADABLE =
            List.of("-Djna.nosys=true", "-Djna.nounpack=true", "-Djna.boot.library.path=/nonexistent");

    /** What an application prints that is started without these jars and with these flags. */
    private static List<String> start(String arguments, List<String> withoutJars, List<String> flags)
            throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry ->
                        withoutJars.stream().noneMatch(jar -> fileName(entry).startsWith(jar)))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, StartedElsewhere.class.getName()));
        command.addAll(List.of(arguments.split(" ", -1)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
            return printed.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String fileName(String entry) {
        return new File(entry).getName();
    }

    private static void assertWorks(List<String> printed) {
        assertThat(printed).containsExactly("allowed", "allowed", "unauthorized");
    }

    private static void assertToldInOneLine(List<String> printed, String... parts) {
        assertThat(printed).hasSize(2);
        assertThat(printed.get(0)).contains("1 problem");
        assertThat(printed.get(1))
                .contains("key.hash: argon2id needs de.mkammerer:argon2-jvm on the class path")
                .contains("use hmac-sha256 with a pepper")
                .contains(parts);
    }

    /** It is for keys that were minted elsewhere alone. */
    @Test
    void bcryptMissing_isToldWhereASecretNeedsIt_andNowhereElse() throws Exception {
        assertWorks(start("argon2id", List.of("bcrypt-"), List.of()));
        assertThat(start("argon2id bcrypt", List.of("bcrypt-"), List.of()))
                .singleElement()
                .asString()
                .contains("bcrypt digest: the library at.favre.lib:bcrypt is not on the class path");
        assertWorks(start("argon2id bcrypt", List.of(), List.of()));
    }

    @Test
    void allThere_argon2idWorks() throws Exception {
        assertWorks(start("argon2id", List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"argon2-jvm", "jna-"})
    void jarMissing_stopsArgon2id_andHmacWorks(String jar) throws Exception {
        assertToldInOneLine(start("argon2id", List.of(jar), List.of()), "ClassNotFoundException");
        assertWorks(start("hmac-sha256", List.of(jar), List.of()));
    }

    @Test
    void nativeLibraryMissing_stopsArgon2id_andHmacWorks() throws Exception {
        assertToldInOneLine(start("argon2id", List.of(), UNLOADABLE), "UnsatisfiedLinkError");
        assertWorks(start("hmac-sha256", List.of(), UNLOADABLE));
    }

    /** Whoever goes over to HMAC must have the library until no stored digest needs it. */
    @Test
    void argon2idStored_andHmacSet_needsTheLibraryStill() throws Exception {
        assertWorks(start("hmac-sha256 stored", List.of(), List.of()));
        assertThat(start("hmac-sha256 stored", List.of("argon2-jvm"), List.of()))
                .singleElement()
                .asString()
                .contains("none of the 1 stored secrets", "key 000000000000, secret 1: argon2id needs de.mkammerer");
    }

    /** What a later JDK will do without being told to. */
    @Test
    void nativeAccessDenied_stopsArgon2id_andNamesTheFlag() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "native access can be denied from JDK 24 on");
        String deny = "--illegal-native-access=deny";
        String flag = "--enable-native-access=ALL-UNNAMED";
        assertToldInOneLine(start("argon2id", List.of(), List.of(deny)), "start the JVM with " + flag);
        assertWorks(start("argon2id", List.of(), List.of(deny, flag)));
        assertWorks(start("hmac-sha256", List.of(), List.of(deny)));
    }
}
