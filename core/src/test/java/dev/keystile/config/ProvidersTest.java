package dev.keystile.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keystile.InvalidConfigurationException;
import dev.keystile.key.KeyStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where providers are found, over class loaders such as containers have. */
final class ProvidersTest {

    private static final Map<String, String> SETTINGS = Map.of(
            "key.prefixes", "acme_live_ secret live",
            "key.hash", "hmac-sha256",
            "key.pepper", "0123456789abcdef0123456789abcdef",
            "rules.all", "ANY /** authenticated");

    @TempDir
    private Path folder;

    private @Nullable ClassLoader before;

    /** A kind of store of an extension. */
    public static class Shelf implements KeyStoreProvider {

        @Override
        public String type() {
            return "shelf";
        }

        @Override
        public List<Setting> settings() {
            return List.of(Setting.of("store.board", "text", "", "Which one.", "upper"));
        }

        @Override
        public List<String> problems(Map<String, String> values) {
            return List.of();
        }

        @Override
        public KeyStore open(Map<String, String> values) {
            return KeyStore.inMemory();
        }
    }

    /** Another one of the same name. */
    public static final class SecondShelf extends Shelf {}

    /** One that fails as it is made. */
    public static final class Broken extends Shelf {

        public Broken() {
            throw new IllegalStateException("no wood");
        }
    }

    /** One that lacks a class of a library that it needs. */
    public static final class Lacking extends Shelf {

        @Override
        public String type() {
            throw new NoClassDefFoundError("org/example/Wood");
        }
    }

    /** What is no provider of stores, as all are none that are made for another copy of this library. */
    public static final class NoShelf {}

    /** Its own classes come before those of the loader above, as in servlet containers. */
    private static final class Application extends URLClassLoader {

        Application(URL classes, ClassLoader above) {
            super(new URL[] {classes}, above);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.keystile.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> own = findLoadedClass(name);
                if (own != null) {
                    return own;
                }
                try {
                    return findClass(name);
                } catch (ClassNotFoundException above) {
                    return super.loadClass(name, resolve);
                }
            }
        }
    }

    @BeforeEach
    void stand() {
        before = Thread.currentThread().getContextClassLoader();
        in(Settings.class.getClassLoader());
    }

    @AfterEach
    void restore() {
        in(before);
    }

    /** From now on the application is of this loader. */
    private static void in(@Nullable ClassLoader application) {
        Thread.currentThread().setContextClassLoader(application);
    }

    /** A loader that knows of these providers of stores, besides all that those above it have. */
    private URLClassLoader offering(Class<?>... providers) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Class<?> provider : providers) {
            lines.append(provider.getName()).append('\n');
        }
        return offering(lines.toString());
    }

    private URLClassLoader offering(String lines) throws IOException {
        Path root = Files.createTempDirectory(folder, "loader");
        Path services = Files.createDirectories(root.resolve("META-INF/services"));
        Files.writeString(services.resolve(KeyStoreProvider.class.getName()), lines);
        return new URLClassLoader(new URL[] {root.toUri().toURL()}, Settings.class.getClassLoader());
    }

    private static Settings settings(String storeType) {
        return Settings.of(SETTINGS).and(Map.of("store.type", storeType));
    }

    private static Providers<KeyStoreProvider> find() {
        return Providers.find(KeyStoreProvider.class, KeyStoreProvider::type);
    }

    private static boolean isListed() {
        return Settings.all().stream().anyMatch(setting -> setting.name().equals("store.board"));
    }

    @Test
    void provider_thatTheContextLoaderAloneHas_isFound_byAllThatLook() throws IOException {
        assertThat(isListed()).isFalse();
        try (URLClassLoader classes = offering(Shelf.class)) {
            in(classes);

            assertThat(isListed()).isTrue();
            Settings read = settings("shelf").overriddenBy(Map.of("store.board", "lower"));
            read.open().close();
            read.openAdministration().close();
        }
    }

    @Test
    void providers_ofOneWord_countOnce_theFirst() throws IOException {
        try (URLClassLoader above = offering(Shelf.class, SecondShelf.class);
                URLClassLoader classes = new URLClassLoader(new URL[0], above)) {
            in(classes);

            assertThat(find().all()).hasExactlyElementsOfTypes(Shelf.class);
            assertThat(find().named("shelf")).containsInstanceOf(Shelf.class);
            assertThat(find().wordsAnd("memory")).containsExactly("memory", "shelf");
        }
    }

    @Test
    void withoutAContextLoader_thatOfTheLibraryCounts() {
        in(null);

        settings("memory").open().close();
        assertThat(find().all()).isEmpty();
    }

    @Test
    void providersThatCannotBeLoaded_hideNoOther_andAreTold() throws IOException {
        try (URLClassLoader classes = offering(Broken.class, NoShelf.class, Lacking.class, Shelf.class)) {
            in(classes);

            settings("shelf").open().close();
            settings("memory").open().close();
            assertThatExceptionOfType(InvalidConfigurationException.class)
                    .isThrownBy(() -> settings("redis").open())
                    .satisfies(wrong -> assertThat(wrong.problems())
                            .singleElement()
                            .asString()
                            .startsWith("store.type = 'redis': expected one of [memory, shelf]; other stores need")
                            .contains(
                                    Broken.class.getName() + " could not be instantiated",
                                    "no wood",
                                    NoShelf.class.getName() + " not a subtype, as it is made for another copy",
                                    "org/example/Wood"));
        }
    }

    @Test
    void listThatCannotBeRead_isPassedOver_andTold() throws IOException {
        try (URLClassLoader classes = offering("no.such.Provider\nno class at all\n")) {
            in(classes);

            settings("memory").open().close();
            assertThat(find().all()).isEmpty();
            assertThat(find().failures())
                    .startsWith("; what was found and cannot be loaded: ")
                    .contains("Illegal configuration-file syntax");
        }
    }

    @Test
    void loaderThatCannotSayWhatItHas_isGivenUp() {
        in(new ClassLoader(Settings.class.getClassLoader()) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                throw new IOException("closed");
            }
        });

        settings("memory").open().close();
        assertThat(find().failures()).contains("closed");
    }

    /** As in a container whose own folder of libraries has another copy of this one, with an extension that is not here. */
    @Test
    void secondCopyOfTheLibraryAbove_isInTheWayOfNobody_whoDoesNotAskForIt() throws Exception {
        URL classes = Settings.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader above = offering(Shelf.class);
                Application application = new Application(classes, above)) {
            in(application);

            open(application, "memory").close();
            assertThatExceptionOfType(InvocationTargetException.class)
                    .isThrownBy(() -> open(application, "shelf"))
                    .satisfies(wrong -> assertThat(wrong.getTargetException())
                            .hasMessageContaining("store.type = 'shelf': expected one of [memory]")
                            .hasMessageContaining(Shelf.class.getName()
                                    + " not a subtype, as it is made for another copy of keystile-core"));
        }
    }

    /** By the copy of the library that an application has. */
    private static AutoCloseable open(ClassLoader application, String storeType) throws ReflectiveOperationException {
        Class<?> copy = application.loadClass(Settings.class.getName());
        assertThat(copy).isNotSameAs(Settings.class);
        Object settings =
                copy.getMethod("of", Map.class).invoke(null, settings(storeType).values());
        return (AutoCloseable) copy.getMethod("open").invoke(settings);
    }
}
