package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyManager;
import dev.keystile.key.NewKey;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

/** An application of Spring Boot on its own server, as a user would start it. */
final class Application implements AutoCloseable {

    /** Settings that are enough to start, with the keys in memory. */
    static final List<String> SETTINGS = List.of(
            "keystile.key.prefixes=acme_live_ secret live, acme_test_ secret test", "keystile.store.type=memory");

    private static final Actor OPERATOR = new Actor.Operator("test");
    private static final Pattern CSRF_FIELD = Pattern.compile("name=\"_csrf\"[^>]* value=\"([^\"]+)\"");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final ConfigurableApplicationContext context;
    private final String address;
    private final String output;

    private Application(ConfigurableApplicationContext context, String output) {
        this.context = context;
        this.output = output;
        this.address = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
                + context.getEnvironment().getProperty("server.servlet.context-path", "");
    }

    /** Starts one with properties, each {@code name=value}, beside {@link #SETTINGS}. */
    static Application start(Class<?> source, String... properties) {
        List<String> all = new ArrayList<>(SETTINGS);
        all.addAll(Arrays.asList(properties));
        return startBare(source, all.toArray(String[]::new));
    }

    /** Starts one with these properties alone. */
    static Application startBare(Class<?> source, String... properties) {
        return start(source, properties, new StringBuilder());
    }

    /** What the start of one wrote that did not start. */
    static String refusalOf(Class<?> source, String... properties) {
        StringBuilder output = new StringBuilder();
        try (Application started = start(source, properties, output)) {
            throw new AssertionError("it started: " + started.output());
        } catch (RuntimeException refused) {
            return output + "\n" + refused;
        }
    }

    /**
     * What a program writes that runs in a process of its own, without what of this class path has a name like that.
     *
     * @param main    has a method {@code main}
     * @param without parts of the names of jars and folders
     * @param folder  for what it writes
     */
    static String outputOf(Class<?> main, Pattern without, Path folder, String... arguments)
            throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !without.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                main.getName()));
        command.addAll(Arrays.asList(arguments));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(output);
    }

    /** Runs such a program, if none of these classes is there after all. */
    static void runWithout(List<String> classes, Runnable program) {
        for (String name : classes) {
            if (ClassUtils.isPresent(name, Application.class.getClassLoader())) {
                throw new IllegalStateException(name + " is there");
            }
        }
        try {
            program.run();
        } catch (RuntimeException refused) {
            // Which Boot would not print a second time.
            StringWriter trace = new StringWriter();
            refused.printStackTrace(new PrintWriter(trace));
            System.out.println(trace);
        }
    }

    /** Such as that which writes documents anew: to an application they are settings that nobody knows. */
    static void forgetPropertiesOfTheBuild() {
        System.getProperties().keySet().removeIf(name -> name.toString().startsWith("keystile."));
    }

    private static Application start(Class<?> source, String[] properties, StringBuilder output) {
        forgetPropertiesOfTheBuild();
        SpringApplication application = new SpringApplication(source);
        application.setBannerMode(Banner.Mode.OFF);
        List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1"));
        Arrays.stream(properties).map(it -> "--" + it).forEach(arguments::add);
        PrintStream before = System.out;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            ConfigurableApplicationContext context = application.run(arguments.toArray(String[]::new));
            return new Application(context, written.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(before);
            output.append(written.toString(StandardCharsets.UTF_8));
        }
    }

    /** What its start wrote to the log. */
    String output() {
        return output;
    }

    ConfigurableApplicationContext context() {
        return context;
    }

    Keystile keystile() {
        return context.getBean(Keystile.class);
    }

    /** A new key with these scopes, in the environment {@code live}. */
    String key(String... scopes) {
        return key(NewKey.of("acme", "a key", KeyEnvironment.LIVE).scopes(scopes));
    }

    String key(NewKey.Builder wanted) {
        return context.getBean(KeyManager.class).issue(wanted.build(), OPERATOR).revealOnce();
    }

    /** Sends a request, with a key as a bearer where it is not empty. */
    HttpResponse<String> send(String method, String path, String key, String... headers) {
        return send(request(method, path, key, headers));
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return CLIENT.send(request, BodyHandlers.ofString());
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** From the port of the actuator, where that has its own. */
    HttpResponse<String> getManagement(String path) {
        String port = context.getEnvironment().getProperty("local.management.port");
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build());
    }

    CompletableFuture<HttpResponse<String>> sendAsync(String method, String path, String key) {
        return CLIENT.sendAsync(request(method, path, key), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path, String key, String... headers) {
        return send("GET", path, key, headers);
    }

    /** Sends a form as a browser does. */
    HttpResponse<String> sendForm(String path, String form, String... headers) {
        return sendText(path, "application/x-www-form-urlencoded", form, headers);
    }

    HttpResponse<String> sendJson(String path, String json, String... headers) {
        return sendText(path, "application/json", json, headers);
    }

    private HttpResponse<String> sendText(String path, String type, String text, String... headers) {
        return send(HttpRequest.newBuilder(URI.create(address + path))
                .POST(BodyPublishers.ofString(text))
                .headers(headers)
                .header("Content-Type", type)
                .build());
    }

    /** Logs in to the session of a browser at the page that Spring Security makes; answers its cookie. */
    String logIn(String user, String password) {
        HttpResponse<String> page = get("/login", "");
        Matcher token = CSRF_FIELD.matcher(page.body());
        if (!token.find()) {
            throw new IllegalStateException(page + ": " + page.body());
        }
        HttpResponse<String> answer = sendForm(
                "/login",
                "username=" + user + "&password=" + password + "&_csrf="
                        + URLEncoder.encode(token.group(1), StandardCharsets.UTF_8),
                "Cookie",
                cookieOf(page));
        if (answer.statusCode() != 302
                || answer.headers().firstValue("Location").orElse("").contains("error")) {
            throw new IllegalStateException(answer + ": " + answer.body());
        }
        return cookieOf(answer);
    }

    private static String cookieOf(HttpResponse<String> response) {
        String set = response.headers().firstValue("Set-Cookie").orElseThrow();
        return set.substring(0, set.indexOf(';'));
    }

    /** The status that a target is answered with, sent as it is written, with {@code {host}} replaced. */
    int statusOf(String method, String target, String... headers) {
        int port = URI.create(address).getPort();
        String host = "127.0.0.1:" + port;
        StringBuilder lines = new StringBuilder(method + " " + target.replace("{host}", host) + " HTTP/1.1\r\nHost: "
                + host + "\r\nConnection: close\r\nContent-Length: 0\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            lines.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(lines.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return Integer.parseInt(answer.substring(9, 12));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private HttpRequest request(String method, String path, String key, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address + path)).method(method, BodyPublishers.ofString(""));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.build();
    }

    @Override
    public void close() {
        context.close();
    }
}
