package dev.keystile.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keystile.http.CredentialSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console in the playground: who gets in, and who does not. */
final class ConsoleTest {

    private static final String CONSOLE = "/settings/api-keys";
    private static final String LOGIN = "/settings/login";
    private static final String SAME_ORIGIN = "same-origin";

    private static final String RULED_WHOLE = """
            key.prefixes = sk_ secret live
            credentials = authorization, bearer, basic, header x-key
            key.issuers = owner
            scopes = all:write, odd:read
            rules.rest = ANY /** all:write
            rules.settings = GET /settings/** odd:read
            rules.projects = GET /projects/{id} all:write bind=id:project
            playground.attributes = project=proj 1\\
            """;

    @TempDir
    private Path data;

    private Started start(String contract) throws Exception {
        return Started.in(
                data,
                contract.contains("=")
                        ? Files.writeString(data.resolve("contract.properties"), contract)
                                .toString()
                        : contract);
    }

    private static HttpResponse<String> logIn(Started started, String member, String... headers) {
        String[] all = {"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", SAME_ORIGIN};
        return started.send("POST", LOGIN, "member=" + member, headers.length == 0 ? all : headers);
    }

    /** What a browser sends back of a cookie. */
    private static String session(Started started, String member) {
        HttpResponse<String> response = logIn(started, member);
        assertThat(response.statusCode()).isEqualTo(303);
        assertThat(Started.header(response, "Location")).contains(CONSOLE + "/");
        return Started.header(response, "Set-Cookie").orElseThrow().split(";", 2)[0];
    }

    @ParameterizedTest
    @ValueSource(strings = {"revkeen", "recurr", RULED_WHOLE})
    void console_ofEveryContract_isForPeopleAlone(String contract) throws Exception {
        try (Started started = start(contract)) {
            assertThat(started.lines()).contains("# console http://localhost:" + started.port() + CONSOLE);
            HttpResponse<String> stranger = started.send("GET", CONSOLE + "/", "");
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.body()).contains("href=\"" + LOGIN + "\"");
            assertThat(started.send("GET", CONSOLE + "/api/keys", "").statusCode())
                    .isEqualTo(401);

            String session = session(started, "usr_ada");
            assertThat(started.send("GET", CONSOLE, "", "Cookie", session).statusCode())
                    .isEqualTo(302);
            assertThat(started.send("GET", CONSOLE + "/", "", "Cookie", session).body())
                    .contains("<title>API keys</title>");
            assertThat(started.send("GET", CONSOLE + "/api/session", "", "Cookie", session)
                            .body())
                    .contains("\"account\":\"acct_playground\"", "\"name\":\"Ada Lindqvist\"", "\"may_manage\":true");
            assertThat(started.send("GET", CONSOLE + "/api/keys", "", "Cookie", session)
                            .body())
                    .contains("\"name\":\"all\"")
                    .doesNotContain(started.key("live", "all"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"revkeen", "recurr", RULED_WHOLE})
    void key_inAnyPlace_opensNothingOfTheConsole(String contract) throws Exception {
        try (Started started = start(contract)) {
            String key = started.key("live", "all");
            String session = session(started, "usr_ada");
            for (CredentialSource place : started.keystile().credentialSources()) {
                String value = CurlLines.headerValue(place, key);
                for (String path : List.of("", "/", "/api/session", "/api/keys", "/api/audit")) {
                    for (String cookie : List.of("none=1", session)) {
                        HttpResponse<String> response =
                                started.send("GET", CONSOLE + path, "", place.headerName(), value, "Cookie", cookie);

                        assertThat(response.statusCode())
                                .as(place.headerName() + " " + path)
                                .isEqualTo(403);
                        assertThat(response.body())
                                .contains("\"code\":\"key_not_accepted\"")
                                .doesNotContain(key);
                    }
                }
                HttpResponse<String> created = started.send(
                        "POST",
                        CONSOLE + "/api/keys",
                        "{\"name\":\"n\",\"environment\":\"live\"}",
                        place.headerName(),
                        value,
                        "Content-Type",
                        "application/json",
                        "Cookie",
                        session);
                assertThat(created.statusCode()).isEqualTo(403);
                assertThat(created.body()).contains("\"code\":\"key_not_accepted\"");
            }
        }
    }

    /** As docs/console.md has it. */
    @Test
    void console_whereTheContractHasItsRule_isThere() throws Exception {
        try (Started started = start(RULED_WHOLE + "\nrules.console = ANY /settings/api-keys/** public\n")) {
            assertThat(started.lines()).contains("# console http://localhost:" + started.port() + CONSOLE);
            assertThat(offer(started, "usr_ada")).contains("\"may_manage\":true");
        }
    }

    @Test
    void console_whereTheLoginIsInNobodysReach_offersNone() throws Exception {
        String rules = """

                rules.console = ANY /settings/api-keys/** public
                rules.login = GET,POST /settings/login all:write
                """;
        try (Started started = start(RULED_WHOLE + rules)) {
            assertThat(started.lines())
                    .anySatisfy(line ->
                            assertThat(line).startsWith("# no console: rules ").contains("'login'"));
            assertThat(started.send("GET", CONSOLE + "/", "").body()).doesNotContain(LOGIN);
        }
    }

    @Test
    void console_whereARuleOfTheContractContradicts_isNotThere() throws Exception {
        try (Started started = start(RULED_WHOLE + "\nrules.across = GET /settings/*/api all:write\n")) {
            assertThat(started.lines())
                    .anySatisfy(line -> assertThat(line).startsWith("# no console: rules 'across' "));
            assertThat(started.send("GET", CONSOLE + "/", "").statusCode()).isEqualTo(401);
            assertThat(started.send("GET", LOGIN, "").statusCode()).isEqualTo(401);
            assertThat(started.get(CONSOLE + "/", started.key("live", "all")).body())
                    .contains("key_not_accepted");
        }
    }

    /** The commands of docs/console.md, for the port of this playground. */
    @Test
    void documentedCalls_createAKey() throws Exception {
        assumeTrue(PlaygroundTest.runs("curl", "--version"), "curl is not installed");
        String page = Files.readString(Path.of("../../docs/console.md"));
        int start = page.indexOf("```sh\nHOST=") + "```sh\n".length();
        String block = page.substring(start, page.indexOf("```", start));
        try (Started started = start("revkeen")) {
            Process shell = new ProcessBuilder("bash", "-euc", block.replace(":8080", ":" + started.port()))
                    .directory(data.toFile())
                    .redirectErrorStream(true)
                    .start();
            shell.getOutputStream().close();
            String answer = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(shell.waitFor()).as(answer).isZero();
            assertThat(answer).contains("\"secret\":\"rk_live_").contains("\"created_by\":");
        }
    }

    @Test
    void members_mayWhatTheirRoleSays() throws Exception {
        try (Started started = start("revkeen")) {
            assertThat(offer(started, "usr_ada")).contains("\"plan\":\"enterprise\"", "\"scope\":\"finance:read\"");
            assertThat(offer(started, "usr_nina"))
                    .contains("\"scope\":\"finance:read\"", "\"may_manage\":true")
                    .doesNotContain("enterprise");
            assertThat(offer(started, "usr_vera")).contains("\"may_manage\":false", "\"offer\":{}");
        }
    }

    @Test
    void members_ofAContractWithOwnRolesAndAttributes_getThese() throws Exception {
        try (Started started = start(RULED_WHOLE)) {
            assertThat(offer(started, "usr_ada"))
                    .contains("\"may_manage\":true", "\"attributes\":{\"project\":[\"proj 1\"]}");
            assertThat(offer(started, "usr_nina")).contains("\"may_manage\":false");
            assertThat(started.send("GET", LOGIN, "").body())
                    .containsOnlyOnce("Creates and changes keys: every permission, every plan.")
                    .doesNotContain("the default plan");
        }
    }

    private static String offer(Started started, String member) {
        return started.send("GET", CONSOLE + "/api/session", "", "Cookie", session(started, member))
                .body();
    }

    // --- the login

    @Test
    void login_givesACookieThatScriptsAndOtherSitesDoNotGet_andANewOneEachTime() throws Exception {
        try (Started started = start("revkeen")) {
            HttpResponse<String> first = logIn(started, "usr_ada");
            String cookie = Started.header(first, "Set-Cookie").orElseThrow();
            String session = cookie.split(";", 2)[0];

            assertThat(cookie).startsWith("keystile-playground=").contains("; HttpOnly", "; SameSite=Strict", "Path=/");
            String second = Started.header(
                            logIn(
                                    started,
                                    "usr_vera",
                                    "Content-Type",
                                    "application/x-www-form-urlencoded",
                                    "Sec-Fetch-Site",
                                    SAME_ORIGIN,
                                    "Cookie",
                                    session),
                            "Set-Cookie")
                    .orElseThrow();
            assertThat(second).doesNotStartWith(session);
            assertThat(started.send("GET", CONSOLE + "/api/keys", "", "Cookie", session)
                            .statusCode())
                    .as("with the session before")
                    .isEqualTo(401);
        }
    }

    @Test
    void login_page_saysThatItIsADemo_andWhoIsThere() throws Exception {
        try (Started started = start("revkeen")) {
            HttpResponse<String> page = started.send("GET", LOGIN, "");
            assertThat(page.body()).contains("A demo login, without passwords.").doesNotContain("Log out");
            assertThat(Started.header(page, "Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'none'; style-src 'sha256-")
                    .contains("frame-ancestors 'none'");
            assertThat(Started.header(page, "Cache-Control")).contains("no-store");

            String session = session(started, "usr_vera");
            assertThat(started.send("GET", LOGIN, "", "Cookie", session).body()).contains("viewer, logged in");
            HttpResponse<String> out = logIn(
                    started,
                    "",
                    "Content-Type",
                    "application/x-www-form-urlencoded",
                    "Sec-Fetch-Site",
                    SAME_ORIGIN,
                    "Cookie",
                    session);
            assertThat(Started.header(out, "Location")).contains(LOGIN);
            assertThat(started.send("GET", CONSOLE + "/api/keys", "", "Cookie", session)
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void login_sentByAnotherPageOrUnderAnotherName_isRefused() throws Exception {
        try (Started started = start("revkeen")) {
            String form = "application/x-www-form-urlencoded";
            String own = "http://localhost:" + started.port();
            assertThat(logIn(started, "usr_ada", "Content-Type", form).statusCode())
                    .isEqualTo(403);
            for (String site : List.of("cross-site", "same-site", "none")) {
                assertThat(logIn(started, "usr_ada", "Content-Type", form, "Sec-Fetch-Site", site, "Origin", own)
                                .statusCode())
                        .as(site)
                        .isEqualTo(403);
            }
            for (String origin : List.of("null", "http://localhost:1", "http://evil.example", own + "0")) {
                assertThat(logIn(started, "usr_ada", "Content-Type", form, "Origin", origin)
                                .statusCode())
                        .as(origin)
                        .isEqualTo(403);
            }
            assertThat(logIn(started, "usr_ada", "Content-Type", form, "Origin", own)
                            .statusCode())
                    .isEqualTo(303);

            String session = session(started, "usr_ada");
            String rebound = "rebound.example:" + started.port();
            assertThat(raw(started, "GET " + CONSOLE + "/api/keys", rebound, "Cookie: " + session))
                    .startsWith("HTTP/1.1 401 ");
            assertThat(raw(
                            started,
                            "POST " + LOGIN,
                            rebound,
                            "Origin: http://" + rebound + "\r\nContent-Type: " + form + "\r\nContent-Length: 14\r\n\r\n"
                                    + "member=usr_ada"))
                    .startsWith("HTTP/1.1 403 ")
                    .doesNotContain("Set-Cookie");
        }
    }

    /** As a browser asks that was told another name for this host. */
    private static String raw(Started started, String target, String host, String rest) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), started.port())) {
            String request = target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + rest + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
