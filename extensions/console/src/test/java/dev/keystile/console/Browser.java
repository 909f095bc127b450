package dev.keystile.console;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** A real Chromium; and what went wrong in its pages, or went where nothing should. */
final class Browser implements AutoCloseable {

    private static final int HEIGHT = 860;
    private static final List<String> SWITCHES = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Pictures of one text are the same wherever they are taken.
            "--font-render-hinting=none",
            "--disable-lcd-text",
            "--force-color-profile=srgb");

    /** Tells the test of what the browser refused to load or run. */
    private static final String REPORT_VIOLATIONS = "addEventListener('securitypolicyviolation', (event) =>"
            + " console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI));";

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;
    private final List<String> troubles = new ArrayList<>();
    private final List<String> urls = new ArrayList<>();

    private Browser(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setArgs(SWITCHES));
    }

    /** Starts one; skips the test where none is installed. */
    static Browser start() {
        Optional<Path> executable = Stream.of(
                        System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium"),
                        "/usr/bin/chromium-browser",
                        "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                executable.isPresent(),
                "no Chromium is installed here: apt-get install chromium, or name it in the variable CHROMIUM");
        return new Browser(executable.orElseThrow());
    }

    /** A page of a fresh profile, for somebody who is logged in; empty for nobody. */
    Page open(TestApplication application, String login, ColorScheme scheme, int width) {
        BrowserContext context = browser.newContext(new com.microsoft.playwright.Browser.NewContextOptions()
                .setColorScheme(scheme)
                .setViewportSize(width, HEIGHT)
                .setTimezoneId("UTC")
                .setLocale("en-GB")
                .setPermissions(List.of("clipboard-read", "clipboard-write")));
        context.addInitScript(REPORT_VIOLATIONS);
        if (!login.isEmpty()) {
            logIn(context, application, login);
        }
        Page page = context.newPage();
        page.setDefaultTimeout(20_000);
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                troubles.add(message.text());
            }
        });
        page.onPageError(troubles::add);
        page.onRequest(request -> {
            urls.add(request.url());
            if (!request.url().startsWith(application.url()) && !request.url().startsWith("data:")) {
                troubles.add("asked another server: " + request.url());
            }
        });
        page.onRequestFailed(this::addFailure);
        return page;
    }

    /** What was given up for something newer did not fail. */
    private void addFailure(Request request) {
        if (!request.failure().contains("ERR_ABORTED")) {
            troubles.add(request.url() + ": " + request.failure());
        }
    }

    static void logIn(BrowserContext context, TestApplication application, String login) {
        context.addCookies(List.of(new Cookie("login", login).setUrl(application.url())));
    }

    /** Leaves all pages, so that none asks for something when its server is gone. */
    void closePages() {
        browser.contexts().forEach(BrowserContext::close);
    }

    /** What went wrong so far; the list is empty afterwards. */
    List<String> troubles() {
        List<String> told = List.copyOf(troubles);
        troubles.clear();
        return told;
    }

    /** All that was asked for so far. */
    List<String> urls() {
        return List.copyOf(urls);
    }

    /** What axe finds wrong with a page as it is, one line each. */
    static List<String> accessibility(Page page) {
        page.evaluate(axe());
        Object found = page.evaluate("""
                async () => {
                  const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
                    'wcag22aa', 'best-practice'] });
                  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) =>
                    `${id} (${help}): ${html} ${failureSummary}`));
                }""");
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    private static String axe() {
        try (InputStream file = Browser.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(file, "axe.min.js").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException damaged) {
            throw new IllegalStateException(damaged);
        }
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
