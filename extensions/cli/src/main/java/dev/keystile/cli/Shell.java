package dev.keystile.cli;

import dev.keystile.KeyAdministration;
import dev.keystile.config.Settings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a command knows of the process it runs in.
 *
 * @param variables the environment
 * @param in        standard input
 * @param out       standard output, for what was asked for
 * @param err       standard error, for all else
 * @param charset   what both are written in
 * @param terminal  the person who types
 * @param clock     the wall clock
 * @param user      whom the operating system takes that person for
 * @param host      the name of the machine, where it has one
 * @param opener    opens the store of an application's settings
 */
record Shell(
        Function<String, Optional<String>> variables,
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        Charset charset,
        Terminal terminal,
        InstantSource clock,
        String user,
        Supplier<Optional<String>> host,
        Function<Settings, KeyAdministration> opener) {

    /** That of this process. */
    static Shell ofProcess() {
        Function<String, Optional<String>> variables = name -> Optional.ofNullable(System.getenv(name));
        Charset charset = outputCharset();
        return new Shell(
                variables,
                System.in,
                writer(FileDescriptor.out, charset),
                writer(FileDescriptor.err, charset),
                charset,
                new ConsoleTerminal(variables),
                InstantSource.system(),
                System.getProperty("user.name", "unknown"),
                () -> hostOf(variables),
                Settings::openAdministration);
    }

    private static PrintWriter writer(FileDescriptor descriptor, Charset charset) {
        OutputStream stream = new FileOutputStream(descriptor);
        return new PrintWriter(stream, false, charset);
    }

    /** The locale's, which since JDK 18 is no longer the default. */
    private static Charset outputCharset() {
        for (String property : new String[] {"stdout.encoding", "sun.stdout.encoding", "native.encoding"}) {
            String name = System.getProperty(property);
            if (name != null && Charset.isSupported(name)) {
                return Charset.forName(name);
            }
        }
        return StandardCharsets.UTF_8;
    }

    /** Without a question to a name server wherever possible: such a question can take seconds. */
    private static Optional<String> hostOf(Function<String, Optional<String>> variables) {
        Path linux = Path.of("/proc/sys/kernel/hostname");
        try {
            if (Files.isReadable(linux)) {
                return Optional.of(Files.readString(linux).strip()).filter(it -> !it.isEmpty());
            }
            Optional<String> named = variables.apply("COMPUTERNAME").or(() -> variables.apply("HOSTNAME"));
            return named.isPresent()
                    ? named
                    : Optional.of(InetAddress.getLocalHost().getHostName());
        } catch (IOException nameless) {
            return Optional.empty();
        }
    }
}
