package dev.keystile.playground;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ScreenshotAnimations;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The life of a key as the README tells it: created in the console, used over HTTP, rotated while calls go on, changed from a
 * shell, revoked, and all of it found in the trail and the usage. Pictures of the way are left in {@code target/images}.
 */
final class WalkTest {

    private static final String NAME = "Checkout server";
    private static final String TARGET = "/v2/customers";
    private static final String OF_RECURR = "/v1/customers";

    /** Usage is written every ten seconds, and a page is read after that. */
    private static final Duration USAGE_IS_WRITTEN = Duration.ofSeconds(20);

    private static final Duration PROMISED = Duration.ofSeconds(2);

    @TempDir
    private Path data;

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator link(Page page, String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator label(Page page, String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    private static Locator person(Page page, String name) {
        return page.locator("button[name=member]").filter(new Locator.FilterOptions().setHasText(name));
    }

    /** The whole page, or what is seen of it behind a dialog. */
    private static void picture(Page page, String name) {
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.DARK, ColorScheme.LIGHT}) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            String file = name + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png";
            page.screenshot(new Page.ScreenshotOptions()
                    .setPath(Path.of("target", "images", file))
                    .setAnimations(ScreenshotAnimations.DISABLED)
                    .setFullPage(page.locator("dialog[open]").count() == 0));
        }
    }

    /** By the line that the playground prints. */
    private static Page console(Chromium browser, Started started, String person) {
        String told = started.lines().stream()
                .filter(line -> line.startsWith("# console "))
                .findFirst()
                .orElseThrow();
        Page page = browser.open(ColorScheme.LIGHT);
        page.navigate(told.substring("# console ".length()));
        link(page, "Log in").click();
        picture(page, "login");
        person(page, person).click();
        assertThat(page.locator("#who")).containsText(person);
        return page;
    }

    private static String secretShownOnce(Page page) {
        String secret = label(page, "API key").inputValue();
        label(page, "I have saved the key").check();
        button(page, "Done").click();
        assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(NAME)))
                .isVisible();
        assertThat(page.content()).doesNotContain(secret);
        return secret;
    }

    @Test
    void key_fromTheConsole_livesItsWholeLife_withoutAFailedCall() throws Exception {
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
        try (Started started = Started.in(data);
                Chromium browser = Chromium.start()) {
            Page page = console(browser, started, "Ada Lindqvist");
            picture(page, "list");

            link(page, "Create key").click();
            label(page, "Name").fill(NAME);
            label(page, "live").check();
            button(page, "Read only").click();
            label(page, "Plan").selectOption("enterprise");
            picture(page, "create");
            button(page, "Create key").click();
            assertThat(label(page, "API key")).isVisible();
            picture(page, "secret");
            String first = secretShownOnce(page);
            assertThat(first).startsWith("rk_live_");
            assertThat(started.get(TARGET, first).statusCode()).isEqualTo(200);

            Rotation rotation = rotateUnderLoad(started, page, first);
            String second = rotation.secret();
            long calls = 1 + rotation.calls();

            button(page, "Revoke").click();
            label(page, "Name of the key").fill(NAME);
            picture(page, "revoke");
            button(page, "Revoke key").click();
            assertThat(page.getByText(NAME + " was revoked").first()).isVisible();
            assertThat(started.get(TARGET, first).statusCode()).isEqualTo(401);
            assertThat(started.get(TARGET, second).statusCode()).isEqualTo(401);

            awaitUsage(page, calls + 2);
            picture(page, "detail");
            assertThat(page.locator(".legend.allowed")).hasText(String.format(Locale.UK, "Allowed %,d", calls));
            assertThat(page.locator(".legend.refused")).hasText("Refused 2");
            assertThat(page.getByText("Last used").locator("..")).not().containsText("Never");

            link(page, "Activity").click();
            Locator rows = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(NAME));
            assertThat(rows).hasCount(4);
            String[] actions = {"Revoked", "New secret first used", "Rotated", "Created"};
            for (int i = 0; i < actions.length; i++) {
                assertThat(rows.nth(i)).containsText(actions[i]);
                assertThat(rows.nth(i)).containsText(i == 1 ? "Automatically" : "Ada Lindqvist");
                assertThat(rows.nth(i)).containsText(i == 1 ? "Not known" : "127.0.0.1");
            }
            picture(page, "activity");

            link(page, "Back").click();
            assertThat(person(page, "Ada Lindqvist")).containsText("admin, logged in");
            picture(page, "login-again");
            button(page, "Log out").click();
            assertThat(button(page, "Log out")).hasCount(0);
            page.navigate(started.uri("/settings/api-keys/").toString());
            assertThat(page.getByText("You are not logged in")).isVisible();
            assertThat(browser.troubles())
                    .as("but for the page that nobody was logged in to")
                    .allMatch(it -> it.contains("401"));
        }
    }

    /**
     * What came of a rotation.
     *
     * @param secret the new one
     * @param calls  how many there were meanwhile, with the old secret and with the new one
     */
    private record Rotation(String secret, long calls) {}

    private static Rotation rotateUnderLoad(Started started, Page page, String first) throws Exception {
        try (Load old = Load.on(started, TARGET, first)) {
            old.awaitCalls(20);
            button(page, "Rotate").click();
            label(page, "1 hour").check();
            picture(page, "rotate");
            button(page, "Rotate key").click();
            old.awaitCalls(20);
            String second = secretShownOnce(page);
            assertThat(page.getByText("Two secrets work.")).isVisible();
            picture(page, "overlap");
            try (Load fresh = Load.on(started, TARGET, second)) {
                fresh.awaitCalls(50);
                old.awaitCalls(50);
                long ofOld = old.end();
                fresh.awaitCalls(50);
                return new Rotation(second, ofOld + fresh.end());
            }
        }
    }

    /** What is counted in memory stands in the page once it is written. */
    private static void awaitUsage(Page page, long requests) {
        String expected = String.format(Locale.UK, "%,d requests", requests);
        Locator total = page.locator("figcaption .total, .quiet:text('No requests in this time.')");
        long began = System.nanoTime();
        do {
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(USAGE_IS_WRITTEN);
            page.reload();
            assertThat(total).isVisible();
        } while (!total.textContent().equals(expected));
        // A page reads the key, and when it was last used, before it reads the usage, which may be written in between.
        page.reload();
        assertThat(total).hasText(expected);
    }

    @Test
    void key_changedByTheShell_changesInTheRunningPlayground_withinTwoSeconds() throws Exception {
        // Without limits, for this asks as fast as it can.
        Path contract = Started.variant("recurr", data, "headers.format = none", "failures.limit = none");
        try (Started started = Started.in(data, contract.toString())) {
            Shell shell = Shell.over(data, contract);
            String first = started.key("live", "all");
            String id = first.substring("rk_live_".length(), "rk_live_".length() + 12);
            assertThat(started.get(OF_RECURR, first).statusCode()).isEqualTo(200);
            assertThat(shell.run("list", "--account", "acct_playground")).contains(id, "operator:playground");

            shell.run("disable", id);
            awaitAnswer(started, first, 401);
            shell.run("enable", id);
            awaitAnswer(started, first, 200);
            String second = shell.run("rotate", id, "--overlap", "0", "--quiet").strip();
            awaitAnswer(started, first, 401);
            assertThat(started.get(OF_RECURR, second).statusCode()).isEqualTo(200);
            shell.run("revoke", id, "--yes");
            awaitAnswer(started, second, 401);

            assertThat(shell.run("audit", "--key", id)).contains("operator:cli:", "rotate", "revoke");
        }
    }

    /** The command has ended, and with it what it changed is committed. */
    private static void awaitAnswer(Started started, String key, int status) {
        long began = System.nanoTime();
        while (started.get(OF_RECURR, key).statusCode() != status) {
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PROMISED);
        }
    }
}
