package dev.keystile.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.keystile.jwt.SignedTokenFormat;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyRefusedException;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.UsageCount;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The page in a real Chromium. It takes the pictures of the documentation, too: into {@code target/images}, or where {@code
 * -Dkeystile.docs.update=true} is set into {@code docs/images}.
 */
final class ConsoleInBrowserTest {

    private static final int WIDE = 1280;
    private static final int NARROW = 375;
    private static final Path IMAGES =
            Path.of(Boolean.getBoolean("keystile.docs.update") ? "../../docs/images" : "target/images");

    @SuppressWarnings("NullAway.Init")
    private static Browser browser;

    @SuppressWarnings("NullAway.Init")
    private TestApplication application;

    @SuppressWarnings("NullAway.Init")
    private FaultyStore faulty;

    @BeforeAll
    static void startBrowser() {
        browser = Browser.start();
        // Five seconds are not enough everywhere.
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
    }

    @AfterAll
    static void stopBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        faulty = new FaultyStore();
        application = TestApplication.start(faulty.store());
    }

    @AfterEach
    void nothingWentWrongInThePage() throws Exception {
        browser.closePages();
        application.close();
        assertThat(browser.troubles()).isEmpty();
    }

    private Page open(String login, String hash) {
        return open(login, hash, ColorScheme.LIGHT, WIDE);
    }

    private Page open(String login, String hash, ColorScheme scheme, int width) {
        Page page = browser.open(application, login, scheme, width);
        page.navigate(application.url() + TestApplication.MOUNT + "/" + hash);
        return page;
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator heading(Page page, String name) {
        return page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator link(Page page, String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator label(Page page, String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    /** What the API answers to a key. */
    private int call(String key) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(application.url() + "/v1/customers"))
                .header("Authorization", "Bearer " + key)
                .timeout(Duration.ofSeconds(30))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** Creates a key in the page, and gives its text. */
    private static String create(Page page, String name) {
        label(page, "Name").fill(name);
        button(page, "Read and write").click();
        button(page, "Create key").click();
        String secret = label(page, "API key").inputValue();
        label(page, "I have saved the key").check();
        button(page, "Done").click();
        assertThat(heading(page, name)).isVisible();
        return secret;
    }

    // The life of a key.

    @Test
    void create_showsTheSecretOnce_andItWorks() throws Exception {
        Page page = open("ada", "#/");
        assertThat(heading(page, "No API keys yet")).isVisible();
        link(page, "Create key").click();

        button(page, "Create key").click();
        assertThat(page.getByText("Give the key a name")).isVisible();
        assertThat(label(page, "Name")).isFocused();
        label(page, "Name").fill("Checkout server");
        Locator expiries = label(page, "Expires").locator("option");
        assertThat(expiries).hasText(new String[] {"60 days (default)", "30 days", "90 days", "On a date"});
        label(page, "live").check();
        assertThat(expiries).hasText(new String[] {"30 days", "90 days", "1 year", "On a date", "Never"});
        assertThat(page.getByText("It will begin with lumen_live_.")).isVisible();
        button(page, "Read only").click();
        assertThat(page.getByText("4 of 7 permissions.")).isVisible();
        assertThat(page.getByText("payments")).hasCount(0);
        page.locator("input[value='customers:write']").check();
        assertThat(page.locator("input[value='customers:read']")).isDisabled();
        assertThat(page.getByText("5 of 7 permissions, 1 of them included in others."))
                .isVisible();
        label(page, "Plan").selectOption("growth");
        page.getByLabel("Allowed addresses").fill("127.0.0.0/8\nnowhere");
        button(page, "Create key").click();
        assertThat(page.getByText("Entry 2: expected an IP address")).isVisible();
        page.getByLabel("Allowed addresses").fill("127.0.0.0/8\n");
        button(page, "Create key").click();

        String secret = label(page, "API key").inputValue();
        assertThat(secret).startsWith("lumen_live_").hasSize("lumen_live_".length() + 45);
        button(page, "Copy").click();
        assertThat(page.getByText("Copied")).isVisible();
        assertThat(page.evaluate("navigator.clipboard.readText()")).isEqualTo(secret);
        assertThat(call(secret)).isEqualTo(200);

        button(page, "Done").click();
        page.keyboard().press("Escape");
        page.keyboard().press("Escape");
        assertThat(page.getByText("Say that you saved the key first.")).isVisible();
        assertThat(label(page, "I have saved the key")).isFocused();
        label(page, "I have saved the key").check();
        button(page, "Done").click();

        assertThat(heading(page, "Checkout server")).isVisible();
        assertThat(page.content()).doesNotContain(secret);
        page.reload();
        assertThat(heading(page, "Checkout server")).isVisible();
        assertThat(page.content()).doesNotContain(secret);
        page.goBack();
        page.goBack();
        assertThat(page.content()).doesNotContain(secret);
        assertThat(browser.urls()).noneMatch(url -> url.contains(secret));
        ApiKey key = application
                .store()
                .find(new KeyId(secret.substring("lumen_live_".length(), "lumen_live_".length() + 12)))
                .orElseThrow();
        assertThat(key.scopes())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder("customers:write", "invoices:read", "products:read", "subscriptions:read");
        assertThat(key.plan()).contains("growth");
        assertThat(key.addresses()).extracting(Object::toString).containsExactly("127.0.0.0/8");
        assertThat(key.expiresAt())
                .hasValueSatisfying(end -> assertThat(Duration.between(TestApplication.NOW, end))
                        .isBetween(Duration.ofDays(89), Duration.ofDays(91)));
        expectTrouble("422");
    }

    @Test
    void rotate_showsBothHalves_untilTheOldOneEnds() throws Exception {
        Page page = open("ada", "#/new");
        String first = create(page, "Checkout server");

        button(page, "Rotate").click();
        assertThat(label(page, "24 hours")).isFocused();
        label(page, "1 hour").check();
        label(page, "From now").check();
        button(page, "Rotate key").click();
        String second = label(page, "API key").inputValue();
        assertThat(page.getByText("ending in " + last(first) + ", ends in 1 hour"))
                .isVisible();
        label(page, "I have saved the key").check();
        button(page, "Done").click();

        assertThat(page.getByText("Two secrets work.")).isVisible();
        Locator secrets = page.getByRole(AriaRole.TABLE, new Page.GetByRoleOptions().setName("Secrets of the key"));
        assertThat(secrets.getByRole(AriaRole.ROW)).hasCount(3);
        assertThat(secrets).containsText("lumen_test_…" + last(second));
        assertThat(secrets).containsText("Until 1 Mar 2026, 13:00 (in 1 hour)");
        assertThat(call(first)).isEqualTo(200);
        assertThat(call(second)).isEqualTo(200);
        link(page, "All keys").click();
        assertThat(page.getByText("Two secrets work")).isVisible();

        application.time().advance(Duration.ofHours(1));
        assertThat(call(first)).isEqualTo(401);
        assertThat(call(second)).isEqualTo(200);
        page.reload();
        assertThat(page.getByText("Two secrets work")).hasCount(0);
        link(page, "Checkout server").click();
        assertThat(page.getByText("No longer")).isVisible();
        assertThat(page.getByText("secret 2, overlap 1h")).isVisible();
    }

    @Test
    void create_whereThereIsMoreToChoose_asksForIt() throws Exception {
        KeyPrefix retired = KeyPrefix.secret("lm0_", KeyEnvironment.TEST).retire();
        try (TestApplication versioned = TestApplication.start(
                new TestMembers(),
                retired,
                KeyPrefix.secret("lm1_", KeyEnvironment.TEST).withVersion(1),
                KeyPrefix.secret("lm2_", KeyEnvironment.TEST).withVersion(2),
                KeyPrefix.secret("lm2_eu_", KeyEnvironment.TEST).withVersion(2))) {
            Page page = browser.open(versioned, "mia", ColorScheme.LIGHT, WIDE);
            page.navigate(versioned.url() + TestApplication.MOUNT + "/#/new");

            assertThat(page.getByText("It will begin with lm2_.")).isVisible();
            label(page, "Version 1").check();
            assertThat(label(page, "Version 1")).isFocused();
            assertThat(page.getByText("It will begin with lm1_.")).isVisible();
            assertThat(label(page, "lm2_eu_")).hasCount(0);
            label(page, "Version 2").check();
            label(page, "lm2_eu_").check();
            assertThat(page.getByText("It will begin with lm2_eu_.")).isVisible();
            label(page, "Name").fill("Of a project");
            page.getByLabel("project").selectOption("beta");
            label(page, "A service").check();
            label(page, "Expires").selectOption("date");
            label(page, "Date of expiry").fill("2026-03-31");
            button(page, "Create key").click();

            assertThat(label(page, "API key").inputValue()).startsWith("lm2_eu_");
            label(page, "I have saved the key").check();
            button(page, "Done").click();
            assertThat(page.getByText("project = beta")).isVisible();
            assertThat(page.getByText("Service: the key outlives who created it"))
                    .isVisible();
            assertThat(page.getByText("31 Mar 2026, 23:59 (in 1 month)").first())
                    .isVisible();
            page.context().close();
        }
    }

    @Test
    void create_ofAKeyThatSigns_downloadsItsPrivateHalfOnce() throws Exception {
        try (TestApplication signing = TestApplication.startWith(builder -> builder.format(
                SignedTokenFormat.builder("lumen-api", KeyEnvironment.LIVE).build()))) {
            Page page = browser.open(signing, "ada", ColorScheme.LIGHT, WIDE);
            page.navigate(signing.url() + TestApplication.MOUNT + "/#/new");
            label(page, "live").check();
            label(page, "Signing").check();
            assertThat(page.getByText("You will download its private half, which signs requests."))
                    .isVisible();
            label(page, "Name").fill("Reports");
            button(page, "Create key").click();

            String shown = label(page, "Private key").inputValue();
            Download download = page.waitForDownload(
                    () -> page.getByText("Download AuthKey_").click());
            String id = signing.keys()
                    .list(KeyQuery.ofAccount(TestMembers.ACCOUNT), TestApplication.OPERATOR)
                    .keys()
                    .get(0)
                    .id()
                    .text();
            assertThat(download.suggestedFilename()).isEqualTo("AuthKey_" + id + ".p8");
            assertThat(Files.readString(download.path())).isEqualTo(shown).startsWith("-----BEGIN PRIVATE KEY-----");
            label(page, "I have saved the key").check();
            button(page, "Done").click();
            assertThat(page.getByText("Signing: signs requests, for servers only"))
                    .isVisible();

            button(page, "Rotate").click();
            button(page, "Rotate key").click();
            assertThat(label(page, "Private key")).isVisible();
            assertThat(label(page, "Private key").inputValue()).isNotEqualTo(shown);
            label(page, "I have saved the key").check();
            button(page, "Done").click();
            page.navigate(signing.url() + TestApplication.MOUNT + "/#/");
            assertThat(page.getByText("Signs requests")).isVisible();
            assertThat(page.getByText(id)).isVisible();
            page.context().close();
        }
    }

    /** Every day that is offered is one that is taken, whatever environment was chosen before. */
    @Test
    void create_whereKeysMayNotLastLong_offersNoDayThatIsRefused() throws Exception {
        try (TestApplication strict =
                TestApplication.startWith(builder -> builder.maxAge(KeyEnvironment.LIVE, Duration.ofDays(30))
                        .defaultAge(KeyEnvironment.LIVE, Duration.ofDays(10)))) {
            Page page = browser.open(strict, "ada", ColorScheme.LIGHT, WIDE);
            page.navigate(strict.url() + TestApplication.MOUNT + "/#/new");
            Locator day = label(page, "Date of expiry");

            label(page, "Expires").selectOption("date");
            assertThat(day).hasValue("2026-05-30");
            label(page, "live").check();
            assertThat(label(page, "Expires")).hasValue("date");
            assertThat(day).hasAttribute("max", "2026-03-30");
            assertThat(day).hasValue("2026-03-30");
            label(page, "Name").fill("Short-lived");
            day.fill("2026-03-31");
            button(page, "Create key").click();
            assertThat(page.getByText("Choose a day up to 30 Mar 2026")).isVisible();
            day.fill("2026-03-30");
            button(page, "Create key").click();

            assertThat(label(page, "API key")).isVisible();
            label(page, "I have saved the key").check();
            button(page, "Done").click();
            assertThat(page.getByText("30 Mar 2026, 23:59 (in 29 days)").first())
                    .isVisible();

            link(page, "All keys").click();
            link(page, "Create key").click();
            label(page, "live").check();
            label(page, "Expires").selectOption("30");
            label(page, "Name").fill("As long as may be");
            button(page, "Create key").click();
            assertThat(label(page, "API key")).isVisible();
            page.context().close();
        }
    }

    @Test
    void create_whereKeysMayNotLastADay_offersNoDay() throws Exception {
        try (TestApplication strict =
                TestApplication.startWith(builder -> builder.maxAge(KeyEnvironment.LIVE, Duration.ofHours(12)))) {
            Page page = browser.open(strict, "ada", ColorScheme.LIGHT, WIDE);
            page.navigate(strict.url() + TestApplication.MOUNT + "/#/new");

            label(page, "Expires").selectOption("date");
            label(page, "live").check();

            assertThat(label(page, "Expires").locator("option")).hasText(new String[] {"12 hours (default)"});
            assertThat(label(page, "Date of expiry")).isHidden();
            label(page, "Name").fill("For half a day");
            button(page, "Create key").click();
            assertThat(label(page, "API key")).isVisible();
            page.context().close();
        }
    }

    private static String last(String secret) {
        return secret.substring(secret.length() - 4);
    }

    @Test
    void rotate_fromFirstUse_saysWhatItWaitsFor() {
        Page page = open("ada", "#/new");
        create(page, "Checkout server");

        button(page, "Rotate").click();
        label(page, "Another time").check();
        label(page, "Hours").fill("0");
        button(page, "Rotate key").click();
        assertThat(page.getByText("Expected whole hours")).isVisible();
        label(page, "Hours").fill("72");
        assertThat(page.getByLabel("From the first use of the new secret")).isChecked();
        button(page, "Rotate key").click();
        label(page, "I have saved the key").check();
        button(page, "Done").click();

        assertThat(page.getByText("goes on for 3 days once the new one")).isVisible();
    }

    @Test
    void secret_thatIsNotSaved_staysWhereverTheBrowserIsSent() throws Exception {
        Page page = open("ada", "#/activity");
        link(page, "Keys").click();
        link(page, "Create key").click();
        label(page, "Name").fill("Checkout server");
        button(page, "Read and write").click();
        button(page, "Create key").click();
        String secret = label(page, "API key").inputValue();

        for (String way : List.of("history.back()", "history.go(-2)", "location.hash = '#/activity'")) {
            page.evaluate(way);
            assertThat(page.getByText("Say that you saved the key first.")).isVisible();
            assertThat(page).hasURL(Pattern.compile(".*#/new$"));
            assertThat(label(page, "API key")).hasValue(secret);
            label(page, "I have saved the key").check();
            label(page, "I have saved the key").uncheck();
        }
        page.goBack();
        assertThat(page.getByText("Say that you saved the key first.")).isVisible();
        assertThat(label(page, "API key")).hasValue(secret);
        label(page, "I have saved the key").check();
        button(page, "Done").click();

        assertThat(heading(page, "Checkout server")).isVisible();
        assertThat(call(secret)).isEqualTo(200);
        link(page, "Activity").click();
        assertThat(heading(page, "Activity")).isFocused();
    }

    @Test
    void secret_thatIsOnItsWay_isShownWhateverIsPressedMeanwhile() {
        Page page = open("ada", "#/new");
        create(page, "Checkout server");
        List<Route> held = new ArrayList<>();
        page.route("**/rotate", held::add);
        button(page, "Rotate").click();
        button(page, "Rotate key").click();
        page.waitForCondition(() -> !held.isEmpty());

        page.keyboard().press("Escape");
        page.keyboard().press("Escape");
        button(page, "Cancel").click();
        page.goBack();
        assertThat(page).hasURL(Pattern.compile(".*#/keys/.*"));
        held.get(0).resume();

        assertThat(label(page, "API key")).hasValue(Pattern.compile("lumen_test_.*"));
        label(page, "I have saved the key").check();
        button(page, "Done").click();
        assertThat(page.getByText("Two secrets work.")).isVisible();
    }

    /** How the answer to a change that is made gets lost. */
    enum Loss {
        UNAVAILABLE,
        FAILED,
        CUT_OFF,
        BROKEN
    }

    private void lose(Loss loss, Page page) {
        String changes = "**/api/keys/*/*";
        switch (loss) {
            case UNAVAILABLE -> faulty.failBehind("apply", new UnavailableException("it broke at the commit"));
            case FAILED -> faulty.failBehind("apply", new IllegalStateException("a defect behind the commit"));
            case CUT_OFF ->
                page.route(changes, route -> {
                    APIResponse answer = route.fetch();
                    route.fulfill(new Route.FulfillOptions().setResponse(answer).setBody("{\"now\":\"20"));
                });
            case BROKEN ->
                page.route(changes, route -> {
                    route.fetch();
                    route.abort();
                });
        }
    }

    private void findAgain(Page page) {
        faulty.recover();
        page.unrouteAll();
        List<String> others = new ArrayList<>(browser.troubles());
        others.removeIf(it -> it.contains("503") || it.contains("500") || it.contains("net::ERR_FAILED"));
        assertThat(others).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void rotate_whoseAnswerIsLost_isMadeAgainWithoutEndingTheSecretInUse(Loss loss) throws Exception {
        Page page = open("ada", "#/new");
        String first = create(page, "Checkout server");
        button(page, "Rotate").click();
        assertThat(button(page, "Rotate key")).isVisible();
        lose(loss, page);

        button(page, "Rotate key").click();

        assertThat(page.getByText("It is not known whether Checkout server was rotated."))
                .isVisible();
        assertThat(page.getByText("is new. Unless somebody else")).isVisible();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(page.getByText("Two secrets work.")).isVisible();
        findAgain(page);
        button(page, "Rotate").click();
        button(page, "Rotate key").click();
        String third = label(page, "API key").inputValue();
        label(page, "I have saved the key").check();
        button(page, "Done").click();
        assertThat(page.getByText("It is not known")).hasCount(0);
        assertThat(call(first)).isEqualTo(200);
        assertThat(call(third)).isEqualTo(200);
    }

    @Test
    void change_onAPageThatIsOld_isOfferedForTheKeyAsItIs() throws Exception {
        Page page = open("ada", "#/new");
        String first = create(page, "Checkout server");
        KeyId id = new KeyId(first.substring("lumen_test_".length(), "lumen_test_".length() + 12));
        application.keys().rotate(id, Overlap.of(Duration.ofHours(1)), TestApplication.OPERATOR);

        button(page, "Rotate").click();
        assertThat(page.getByText("The secret ending in " + last(first) + " ends at once"))
                .isVisible();
        button(page, "Cancel").click();
        application.keys().revoke(id, TestApplication.OPERATOR);
        button(page, "Disable").click();

        assertThat(page.locator(".badge.revoked")).isVisible();
        assertThat(heading(page, "Checkout server")).isFocused();
        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void change_ofAKeyThatCannotBeReadAfterwards_isOfferedAgainOnceItCan() {
        Page page = open("ada", "#/new");
        create(page, "Checkout server");
        button(page, "Rotate").click();
        assertThat(button(page, "Rotate key")).isVisible();
        faulty.failBefore("find", new UnavailableException("nothing can be read"));

        button(page, "Rotate key").click();

        assertThat(page.getByText("What it is now cannot be read, either.")).isVisible();
        assertThat(page.getByText("Try again")).hasCount(0);
        assertThat(page.locator(".badge")).hasCount(0);
        assertThat(button(page, "Rotate")).hasCount(0);
        assertAccessible(page);
        page.waitForResponse(
                "**/api/keys/*", () -> button(page, "Read the key again").click());
        assertThat(page.getByText("What it is now cannot be read, either.")).isVisible();
        faulty.recover();
        button(page, "Read the key again").click();
        assertThat(page.getByText("So far it has no new secret.")).isVisible();
        assertThat(button(page, "Rotate")).isVisible();
        expectTrouble("503");
    }

    @Test
    void change_thatSomebodyElseWasFasterWith_showsWhatTheyMade() {
        Page page = open("ada", "#/new");
        create(page, "Checkout server");
        button(page, "Disable").click();
        assertThat(button(page, "Disable key")).isVisible();
        faulty.failBefore("apply", new KeyRefusedException(KeyRefusedException.Reason.CONFLICT, "another revision"));

        button(page, "Disable key").click();

        assertThat(page.getByText("Checkout server was not disabled.")).isVisible();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(button(page, "Disable")).isVisible();
        expectTrouble("409");
    }

    @Test
    void create_whoseAnswerIsLost_saysWhereToLook() {
        Page page = open("ada", "#/new");
        label(page, "Name").fill("Checkout server");
        faulty.failBehind("apply", new UnavailableException("it broke at the commit"));

        button(page, "Create key").click();

        assertThat(page.getByText("It is not known whether the key was created."))
                .isVisible();
        faulty.recover();
        link(page, "the keys").click();
        assertThat(link(page, "Checkout server")).isVisible();
        expectTrouble("503");
    }

    @Test
    void disableEnableAndRevoke_areAskedForAndHoldAtOnce() throws Exception {
        Page page = open("ada", "#/new");
        String secret = create(page, "Checkout server");
        assertThat(call(secret)).isEqualTo(200);

        button(page, "Disable").click();
        assertThat(button(page, "Cancel")).isFocused();
        page.keyboard().press("Escape");
        assertThat(button(page, "Disable")).isFocused();
        assertThat(call(secret)).isEqualTo(200);
        button(page, "Disable").click();
        button(page, "Disable key").click();
        assertThat(page.getByText("Checkout server was disabled")).isVisible();
        assertThat(page.locator(".badge.disabled")).hasText("Disabled");
        assertThat(call(secret)).isEqualTo(401);
        button(page, "Enable").click();
        button(page, "Enable key").click();
        assertThat(page.getByText("Checkout server was enabled")).isVisible();
        assertThat(call(secret)).isEqualTo(200);

        button(page, "Revoke").click();
        button(page, "Revoke key").click();
        assertThat(page.getByText("This is not the name of the key")).isVisible();
        assertThat(call(secret)).isEqualTo(200);
        label(page, "Name of the key").fill("Checkout server");
        page.keyboard().press("Enter");
        assertThat(page.getByText("Checkout server was revoked")).isVisible();
        assertThat(heading(page, "Checkout server")).isFocused();
        assertThat(button(page, "Revoke")).hasCount(0);
        assertThat(call(secret)).isEqualTo(401);

        link(page, "Activity").click();
        Locator rows = page.locator("tbody").getByRole(AriaRole.ROW);
        assertThat(rows).hasCount(4);
        assertThat(rows.nth(0)).containsText("Revoked");
        assertThat(rows.nth(0)).containsText("Ada Lindqvist");
        assertThat(rows.nth(0)).containsText("127.0.0.1");
        assertThat(rows.nth(3)).containsText("Created");
    }

    // Finding keys.

    @Test
    void list_isFilteredAndPaged() {
        for (int i = 1; i <= 120; i++) {
            application.time().advance(Duration.ofSeconds(1));
            application
                    .keys()
                    .issue(
                            NewKey.of(
                                            TestMembers.ACCOUNT,
                                            "Key " + i,
                                            i % 2 == 0 ? KeyEnvironment.LIVE : KeyEnvironment.TEST)
                                    .build(),
                            i <= 3 ? TestMembers.NINA : TestApplication.OPERATOR);
        }
        Page page = open("ada", "#/");
        Locator rows = page.locator("tbody tr");

        assertThat(rows).hasCount(50);
        assertThat(rows.first()).containsText("Key 120");
        button(page, "Older").click();
        assertThat(rows.first()).containsText("Key 70");
        assertThat(heading(page, "API keys")).isFocused();
        button(page, "Older").click();
        assertThat(rows).hasCount(20);
        assertThat(button(page, "Older")).hasCount(0);
        page.reload();
        assertThat(rows).hasCount(20);
        button(page, "Newer").click();
        assertThat(rows.first()).containsText("Key 70");
        page.goBack();
        assertThat(rows).hasCount(20);
        page.goBack();
        assertThat(rows.first()).containsText("Key 70");
        button(page, "Newer").click();
        assertThat(rows.first()).containsText("Key 120");
        assertThat(button(page, "Newer")).hasCount(0);

        label(page, "Environment").selectOption("live");
        assertThat(rows.nth(1)).containsText("Key 118");
        label(page, "Search").fill("key 11");
        assertThat(rows).hasCount(5);
        assertThat(page.getByRole(AriaRole.STATUS).filter(new Locator.FilterOptions().setHasText("5 keys")))
                .isVisible();
        assertThat(label(page, "Search")).isFocused();
        assertThat(page).hasURL(Pattern.compile(".*#/\\?text=key\\+11&environment=live$"));
        link(page, "Key 118").click();
        assertThat(heading(page, "Key 118")).isFocused();
        page.goBack();
        assertThat(rows).hasCount(5);
        assertThat(label(page, "Search")).hasValue("key 11");
        label(page, "Status").selectOption("revoked");
        assertThat(heading(page, "No key matches")).isVisible();
        button(page, "Clear the filters").click();
        assertThat(rows).hasCount(50);
        label(page, "Member").fill("usr_nina");
        label(page, "Member").press("Enter");
        assertThat(rows).hasCount(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " {} ", "Bearer {}", "export LUMEN_KEY=\"{}\"", "curl -H 'X-Key: {}' https://…"})
    void search_forAWholeKey_sendsItsIdAlone(String pasted) {
        var issued = application.issue(TestMembers.ACCOUNT, "Leaked somewhere");
        application.issue(TestMembers.ACCOUNT, "Another");
        String secret = issued.revealOnce();
        Page page = open("ada", "#/");
        assertThat(page.locator("tbody tr")).hasCount(2);

        label(page, "Search").fill(pasted.replace("{}", secret));

        assertThat(page.locator("tbody tr")).hasCount(1);
        assertThat(link(page, "Leaked somewhere")).isVisible();
        assertThat(label(page, "Search")).hasValue(issued.key().id().text());
        assertThat(page.getByText("the key was not sent")).isVisible();
        assertStandsInNoAddress(page, secret);

        label(page, "Search").fill("");
        label(page, "Member").fill(pasted.replace("{}", secret));
        label(page, "Member").press("Enter");

        assertThat(page.getByText("It was not sent.")).isVisible();
        assertThat(page.locator("tbody tr")).hasCount(2);
        assertThat(label(page, "Member")).hasValue("");
        assertStandsInNoAddress(page, secret);
    }

    @ParameterizedTest
    @ValueSource(strings = {"#/?text={}", "#/?member=x+{}", "#/keys/{}"})
    void address_thatHoldsAWholeKey_isCutToItsId(String address) {
        var issued = application.issue(TestMembers.ACCOUNT, "Leaked somewhere");
        String secret = issued.revealOnce();

        Page page = open("ada", address.replace("{}", secret));

        assertThat(page.getByText("Leaked somewhere").first()).isVisible();
        assertThat(page.url()).doesNotContain(secret.substring(25));
        assertThat(browser.urls()).noneMatch(url -> url.contains("/api/") && url.contains(secret.substring(25)));
    }

    private static void assertStandsInNoAddress(Page page, String secret) {
        assertThat(browser.urls()).noneMatch(url -> url.contains(secret.substring(25)));
        assertThat(page.url()).doesNotContain(secret.substring(25));
    }

    // Who looks.

    @Test
    void viewer_seesKeysAndIsOfferedNoChange() {
        application.issue(TestMembers.ACCOUNT, "Checkout server");
        Page page = open("vera", "#/");

        assertThat(link(page, "Checkout server")).isVisible();
        assertThat(page.getByText("takes one of the roles admin, developer")).isVisible();
        assertThat(link(page, "Create key")).hasCount(0);
        link(page, "Checkout server").click();
        assertThat(heading(page, "Usage")).isVisible();
        assertThat(button(page, "Revoke")).hasCount(0);
        page.navigate(application.url() + TestApplication.MOUNT + "/#/new");
        assertThat(page.getByText("Creating keys takes one of the roles")).isVisible();
    }

    @Test
    void stranger_isLedToTheLogin() {
        Page page = open("", "#/");

        assertThat(heading(page, "You are not logged in")).isVisible();
        assertThat(link(page, "Log in")).hasAttribute("href", "/login?next=/settings/api-keys/&from=\"console\"");
        assertThat(Browser.accessibility(page)).isEmpty();
        expectTrouble("401");
    }

    @Test
    void keyOfAnotherAccount_isNotThere() {
        KeyId id = application.issue("acct_other", "theirs").key().id();

        Page page = open("ada", "#/keys/" + id);

        assertThat(heading(page, "There is no such key")).isVisible();
        assertThat(page.content()).doesNotContain("theirs");
        expectTrouble("404");
    }

    @Test
    void session_thatEnds_isToldAndLeadsToTheLogin() {
        KeyId id =
                application.issue(TestMembers.ACCOUNT, "Checkout server").key().id();
        Page page = open("ada", "#/keys/" + id);
        button(page, "Disable").click();
        assertThat(button(page, "Disable key")).isVisible();
        page.context().clearCookies();

        button(page, "Disable key").click();
        assertThat(page.getByText("Nobody is logged in.")).isVisible();
        button(page, "Cancel").click();
        link(page, "All keys").click();

        assertThat(heading(page, "You are not logged in")).isVisible();
        assertThat(link(page, "Log in")).isVisible();
        assertThat(application.store().find(id).orElseThrow().disabledAt()).isEmpty();
        expectTrouble("401");
    }

    @Test
    void change_afterAnotherMemberLoggedIn_isNotMadeInTheirName() {
        KeyId id =
                application.issue(TestMembers.ACCOUNT, "Checkout server").key().id();
        Page page = open("ada", "#/keys/" + id);
        button(page, "Disable").click();
        assertThat(button(page, "Disable key")).isVisible();
        Browser.logIn(page.context(), application, "nina");

        button(page, "Disable key").click();

        assertThat(page.getByText("You are now logged in as Nina Okafor, for account acct_lumen."))
                .isVisible();
        assertThat(application.store().find(id).orElseThrow().disabledAt()).isEmpty();
        expectTrouble("403");
    }

    @Test
    void change_afterTheCookieOfTheConsoleWasLost_isMadeAllTheSame() {
        KeyId id =
                application.issue(TestMembers.ACCOUNT, "Checkout server").key().id();
        Page page = open("ada", "#/keys/" + id);
        button(page, "Disable").click();
        assertThat(button(page, "Disable key")).isVisible();
        page.context().clearCookies();
        Browser.logIn(page.context(), application, "ada");

        button(page, "Disable key").click();

        assertThat(page.getByText("Checkout server was disabled")).isVisible();
        expectTrouble("403");
    }

    /** Chromium logs every answer that is an error; any other trouble stays one. */
    private static void expectTrouble(String status) {
        List<String> others = new ArrayList<>(browser.troubles());
        others.removeIf(it -> it.startsWith("Failed to load resource") && it.contains(status));
        assertThat(others).isEmpty();
    }

    @Test
    void names_areTextsWhateverTheyHold() {
        String name = "<img src=x onerror=alert(1)> & \"more\"  \u200b</script>";
        KeyId id = application.issue(TestMembers.ACCOUNT, name).key().id();
        Page page = open("ada", "#/");

        link(page, name).click();
        assertThat(heading(page, name)).isVisible();
        button(page, "Revoke").click();
        assertThat(heading(page, "Revoke " + name + "?")).isVisible();
        // As somebody types what they see.
        label(page, "Name of the key").fill(name.replace("  \u200b", " "));
        button(page, "Revoke key").click();
        assertThat(page.getByText("was revoked").first()).isVisible();
        link(page, "Activity").click();
        assertThat(page.locator("tbody tr").first()).containsText(name);
        assertThat(page.locator("img")).hasCount(0);
        assertThat(application.store().find(id).orElseThrow().revokedAt()).isPresent();
    }

    // By whom and on what.

    @Test
    void keyboard_aloneIsEnough() throws Exception {
        Page page = open("ada", "");
        assertThat(heading(page, "No API keys yet")).isVisible();

        tabTo(page, "Skip to the content");
        page.keyboard().press("Enter");
        assertThat(page.locator("#main")).isFocused();
        tabTo(page, "Create key");
        page.keyboard().press("Enter");
        assertThat(heading(page, "Create a key")).isFocused();
        tabTo(page, "Name");
        page.keyboard().type("By keyboard");
        tabTo(page, "test");
        page.keyboard().press("ArrowUp");
        assertThat(label(page, "live")).isChecked();
        tabTo(page, "Read only");
        page.keyboard().press("Space");
        tabTo(page, "Create key");
        page.keyboard().press("Enter");
        assertThat(label(page, "API key")).isFocused();
        String secret = label(page, "API key").inputValue();
        tabTo(page, "Copy");
        page.keyboard().press("Enter");
        assertThat(page.getByText("Copied")).isVisible();
        tabTo(page, "I have saved the key");
        page.keyboard().press("Space");
        tabTo(page, "Done");
        page.keyboard().press("Enter");
        assertThat(heading(page, "By keyboard")).isFocused();
        assertThat(call(secret)).isEqualTo(200);
        tabTo(page, "Revoke");
        page.keyboard().press("Enter");
        tabTo(page, "Name of the key");
        page.keyboard().type("By keyboard");
        page.keyboard().press("Enter");
        assertThat(page.getByText("By keyboard was revoked")).isVisible();
        assertThat(call(secret)).isEqualTo(401);
    }

    /** Goes on with the tabulator until something is reached, and sees that each stop on the way can be seen. */
    private static void tabTo(Page page, String name) {
        List<String> passed = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            page.keyboard().press("Tab");
            String reached = String.valueOf(page.evaluate("""
                    () => {
                      const it = document.activeElement;
                      const style = getComputedStyle(it);
                      const label = it.labels?.[0]?.firstChild?.textContent ?? it.textContent.trim();
                      const seen = it === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
                      return seen ? label : `without a visible focus: ${it.outerHTML}`;
                    }"""));
            assertThat(reached).doesNotStartWith("without a visible focus");
            if (reached.equals(name)) {
                return;
            }
            passed.add(reached);
        }
        throw new AssertionError("'" + name + "' is not reached by the tabulator; what is: " + passed);
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void everyView_isAccessible(ColorScheme scheme) {
        new SampleKeys(application.store(), TestApplication.NOW).add();
        for (int width : List.of(WIDE, NARROW)) {
            Page page = open("ada", "#/", scheme, width);
            assertThat(link(page, "Checkout server")).isVisible();
            assertAccessible(page);
            page.navigate(application.url() + TestApplication.MOUNT + "/#/keys/" + SampleKeys.CHECKOUT);
            page.getByText("Show as a table").click();
            assertAccessible(page);
            button(page, "Rotate").click();
            assertThat(button(page, "Rotate key")).isVisible();
            assertAccessible(page);
            button(page, "Cancel").click();
            button(page, "Revoke").click();
            button(page, "Revoke key").click();
            assertAccessible(page);
            button(page, "Cancel").click();
            page.navigate(application.url() + TestApplication.MOUNT + "/#/activity");
            assertThat(page.getByText("secret 2, overlap 24h")).isVisible();
            assertAccessible(page);
            page.navigate(application.url() + TestApplication.MOUNT + "/#/new");
            button(page, "Read and write").click();
            button(page, "Create key").click();
            assertAccessible(page);
            label(page, "Name").fill("One more");
            button(page, "Create key").click();
            button(page, "Done").click();
            assertAccessible(page);
            page.context().close();
            Page other = open("otto", "#/", scheme, width);
            assertThat(heading(other, "No API keys yet")).isVisible();
            assertAccessible(other);
            other.context().close();
        }
    }

    private static void assertAccessible(Page page) {
        assertThat(Browser.accessibility(page)).isEmpty();
        assertThat(page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))
                .as("how far the page is wider than the window")
                .isEqualTo(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"24 hours", "30 days", "90 days"})
    void usage_isShownForOtherTimes(String period) {
        new SampleKeys(application.store(), TestApplication.NOW).add();
        Page page = open("ada", "#/keys/" + SampleKeys.CHECKOUT);
        assertThat(page.locator("figcaption .total")).hasText("119,863 requests");

        Response response = page.waitForResponse(
                Pattern.compile(".*/usage\\?period=.*"),
                () -> button(page, period).click());

        assertThat(response.status()).isEqualTo(200);
        assertThat(button(page, period)).hasAttribute("aria-pressed", "true");
        assertThat(button(page, "7 days")).hasAttribute("aria-pressed", "false");
        assertThat(page.locator("figcaption .total")).not().hasText("119,863 requests");
        page.getByText("Show as a table").click();
        assertThat(page.getByRole(AriaRole.COLUMNHEADER, new Page.GetByRoleOptions().setName("Rate limited")))
                .isVisible();
    }

    @Test
    void usage_ofFewBesideMany_isSeen() {
        KeyId id =
                application.issue(TestMembers.ACCOUNT, "Checkout server").key().id();
        application
                .store()
                .usage()
                .add(
                        List.of(
                                new UsageCount(id, TestApplication.NOW, "allowed", 100_000),
                                new UsageCount(id, TestApplication.NOW, "rate-limited", 2),
                                new UsageCount(id, TestApplication.NOW, "revoked", 1)),
                        Map.of());

        Page page = open("ada", "#/keys/" + id);

        assertThat(page.locator("figcaption .total")).hasText("100,003 requests");
        List<?> bars = (List<?>) page.evaluate("""
                () => [...document.querySelectorAll('.chart rect')].map(({ className, y, height }) =>
                  [className.baseVal, y.baseVal.value.toFixed(1), height.baseVal.value.toFixed(1)].join(' '))""");
        assertThat(bars.stream().map(String::valueOf))
                .containsExactly("allowed 3.0 97.0", "limited 1.5 1.5", "refused 0.0 1.5");
    }

    // Pictures.

    @Test
    void pictures_showTheConsoleAsItIs() {
        new SampleKeys(application.store(), TestApplication.NOW).add();
        Page page = open("ada", "#/");
        assertThat(link(page, "Checkout server")).isVisible();
        picture(page, "console-keys");
        link(page, "Checkout server").click();
        assertThat(page.locator("figcaption .total")).isVisible();
        page.setViewportSize(WIDE, 1400);
        picture(page, "console-key");
        page.setViewportSize(WIDE, 860);
        button(page, "Rotate").click();
        assertThat(button(page, "Rotate key")).isVisible();
        picture(page, "console-rotate");
        page.context().close();

        Page dark = open("ada", "#/keys/" + SampleKeys.CHECKOUT, ColorScheme.DARK, WIDE);
        assertThat(dark.locator("figcaption .total")).isVisible();
        picture(dark, "console-key-dark");
        dark.context().close();

        Page narrow = open("ada", "#/", ColorScheme.LIGHT, NARROW);
        assertThat(link(narrow, "Checkout server")).isVisible();
        picture(narrow, "console-keys-narrow");
        narrow.context().close();

        Page form = open("ada", "#/new");
        label(form, "Name").fill("Billing worker");
        button(form, "Read only").click();
        form.locator("input[value='invoices:write']").check();
        form.setViewportSize(WIDE, 1150);
        picture(form, "console-create");
        form.setViewportSize(WIDE, 860);
        button(form, "Create key").click();
        label(form, "API key")
                .evaluate("it => { it.value = 'lumen_test_shownOnceAndThenNeverAgainToAnybodyAnywhere42'; }");
        picture(form, "console-secret");
        label(form, "I have saved the key").check();
        button(form, "Done").click();
        assertThat(IMAGES).isDirectoryContaining("glob:**.png");
    }

    private static void picture(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(IMAGES.resolve(name + ".png")));
    }
}
