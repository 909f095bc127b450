package dev.keystile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A container whose applications have no argon2-jvm. */
@Timeout(60)
class NativeLibraryTest {

    @TempDir
    Path folder;

    private List<String> startWithoutArgon2(String hash) throws Exception {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !new File(entry).getName().startsWith("argon2-jvm"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        StartedElsewhere.class.getName(),
                        folder.toString(),
                        hash)
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

    @Test
    void argon2id_stopsTheStart_andSaysWhatToDo() throws Exception {
        assertThat(startWithoutArgon2("argon2id"))
                .satisfiesExactly(
                        first -> assertThat(first).contains("filter 'keystile': 1 problem"),
                        second -> assertThat(second)
                                .contains("key.hash: argon2id needs de.mkammerer:argon2-jvm on the class path")
                                .contains("use hmac-sha256 with a pepper"));
    }

    @Test
    void hmac_worksOverHttp() throws Exception {
        assertThat(startWithoutArgon2("hmac-sha256")).containsExactly("200", "401");
    }
}
