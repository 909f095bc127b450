package dev.keystile.console;

import static dev.keystile.console.ConsoleClient.at;
import static dev.keystile.console.ConsoleClient.textAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyStore;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import dev.keystile.key.UsageCount;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the calls of the console answer and do, for members who may, wherever the keys are kept. */
abstract class ConsoleApiContract {

    private static final String NAME = "\"name\":\"Checkout\"";
    private static final String LIVE = "\"environment\":\"live\"";

    @SuppressWarnings("NullAway.Init")
    private TestApplication application;

    @SuppressWarnings("NullAway.Init")
    private ConsoleClient ada;

    abstract KeyStore openEmptyStore();

    @BeforeEach
    void start() throws Exception {
        application = TestApplication.start(openEmptyStore());
        ada = ConsoleClient.of(application, "ada");
    }

    @AfterEach
    void stop() throws Exception {
        application.close();
    }

    private HttpResponse<String> create(String fields) {
        return ada.post("/api/keys", "{" + fields + "}");
    }

    private static List<String> names(HttpResponse<String> page) {
        return each(page, "keys", "name");
    }

    /** One field of each object of a list. */
    private static List<String> each(HttpResponse<String> response, String path, String field) {
        List<String> values = new ArrayList<>();
        if (at(response, path) instanceof List<?> list) {
            list.forEach(it -> values.add(String.valueOf(((Map<?, ?>) it).get(field))));
        }
        return values;
    }

    private KeyId issue(String name) {
        return application.issue(TestMembers.ACCOUNT, name).key().id();
    }

    // Who is logged in, and what they can choose from.

    @Test
    void session_offersWhatTheMemberMayGrant() {
        HttpResponse<String> session = ada.get("/api/session");

        assertThat(textAt(session, "account")).isEqualTo("acct_lumen");
        assertThat(at(session, "member")).isEqualTo(Map.of("id", "usr_ada", "name", "Ada Lindqvist"));
        assertThat(at(session, "may_manage")).isEqualTo(true);
        assertThat(textAt(session, "home_url")).isEqualTo("/settings");
        assertThat(each(session, "offer.scopes", "scope"))
                .containsExactly(
                        "customers:read",
                        "customers:write",
                        "invoices:read",
                        "invoices:write",
                        "products:read",
                        "subscriptions:read",
                        "subscriptions:write");
        assertThat(at(session, "offer.scopes.1.implies")).isEqualTo(List.of("customers:read"));
        assertThat(textAt(session, "offer.roles.0.role")).isEqualTo("support");
        assertThat(textAt(session, "offer.plans.0.plan")).isEqualTo("enterprise");
        assertThat(textAt(session, "default_plan.plan")).isEqualTo("starter");
        assertThat(textAt(session, "offer.prefixes.2.prefix")).isEqualTo("lumen_pub_live_");
        assertThat(textAt(session, "now")).isEqualTo(TestApplication.NOW.toString());
    }

    @Test
    void session_ofAMemberWhoMayGrantNothing_offersNoScope() {
        HttpResponse<String> session = ConsoleClient.of(application, "nina").get("/api/session");

        assertThat(at(session, "may_manage")).isEqualTo(true);
        assertThat(at(session, "offer.scopes")).isEqualTo(List.of());
        assertThat(at(session, "offer.roles")).isEqualTo(List.of());
        assertThat(at(session, "offer.plans")).isEqualTo(List.of());
    }

    @Test
    void session_ofAMemberWithoutTheRole_saysWhichItTakesAndOffersNothing() {
        HttpResponse<String> session = ConsoleClient.of(application, "vera").get("/api/session");

        assertThat(at(session, "may_manage")).isEqualTo(false);
        assertThat(at(session, "managing_roles")).isEqualTo(List.of("admin", "developer"));
        assertThat(at(session, "offer")).isEqualTo(Map.of());
    }

    // Creating.

    @Test
    void create_withAllThereIs_issuesTheKeyAndShowsItsTextOnce() {
        HttpResponse<String> created = create(NAME + "," + LIVE
                + ",\"kind\":\"secret\",\"version\":2,\"scopes\":[\"invoices:write\",\"customers:read\",\"customers:read\"],"
                + "\"roles\":[\"support\"],\"plan\":\"growth\",\"addresses\":[\"10.0.0.0/8\",\" 203.0.113.7 \"],"
                + "\"expires_at\":\"2026-06-01T02:00:00+02:00\",\"service_owned\":true");

        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        String secret = textAt(created, "secret");
        String id = textAt(created, "key.id");
        assertThat(secret).startsWith("lumen_live_" + id).endsWith(textAt(created, "key.last_four"));
        ApiKey key = application.store().find(new KeyId(id)).orElseThrow();
        assertThat(key.name()).isEqualTo("Checkout");
        assertThat(key.account()).isEqualTo("acct_lumen");
        assertThat(key.member()).isEmpty();
        assertThat(key.version()).isEqualTo(2);
        assertThat(key.scopes())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder("invoices:write", "customers:read");
        assertThat(key.roles()).containsExactly("support");
        assertThat(key.plan()).contains("growth");
        assertThat(key.addresses()).extracting(Object::toString).containsExactly("10.0.0.0/8", "203.0.113.7");
        assertThat(key.expiresAt()).contains(Instant.parse("2026-06-01T00:00:00Z"));
        assertThat(key.createdBy()).isEqualTo("member:usr_ada");
        assertThat(at(created, "key.effective_scopes"))
                .isEqualTo(List.of("customers:read", "invoices:read", "invoices:write"));
        assertThat(at(created, "key.actions")).isEqualTo(List.of("disable", "revoke", "rotate"));
        assertThat(ada.get("/api/keys/" + id).body()).doesNotContain(secret);
    }

    @Test
    void create_withTheLeastThereIs_issuesAKeyThatGoesWithTheMember() {
        HttpResponse<String> created = create(NAME + "," + LIVE + ",\"plan\":null");

        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(at(created, "key.member"))
                .isEqualTo(Map.of("type", "member", "id", "usr_ada", "name", "Ada Lindqvist"));
        assertThat(at(created, "key.scopes")).isEqualTo(List.of());
        assertThat(at(created, "key.expires_at")).isNull();
        assertThat(at(created, "key.plan")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Prüfung", "مهم\u200cترین", "\uD83D\uDC69\u200D\uD83D\uDCBB build", "客户 – 1", "a  b"})
    void create_withANameOfAnyScript_keepsIt(String name) {
        HttpResponse<String> created = create(LIVE + ",\"name\":\"" + name + "\"");

        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(textAt(created, "key.name")).isEqualTo(name);
    }

    @Test
    void create_isToldInTheTrailWithTheAddressItCameFrom() {
        String id = textAt(create(NAME + "," + LIVE), "key.id");

        HttpResponse<String> audit = ada.get("/api/keys/" + id + "/audit");

        assertThat(textAt(audit, "entries.0.action")).isEqualTo("issue");
        assertThat(textAt(audit, "entries.0.actor.name")).isEqualTo("Ada Lindqvist");
        assertThat(textAt(audit, "entries.0.address")).isEqualTo("127.0.0.1");
        assertThat(textAt(audit, "entries.0.key_name")).isEqualTo("Checkout");
    }

    static Stream<Arguments> wrongFields() {
        return Stream.of(
                arguments("name", LIVE),
                arguments("name", LIVE + ",\"name\":\"  \""),
                arguments("name", LIVE + ",\"name\":7"),
                arguments("name", LIVE + ",\"name\":\"a\\u0000b\""),
                arguments("name", LIVE + ",\"name\":\"" + "x".repeat(101) + "\""),
                arguments("name", LIVE + ",\"name\":\"lumen_live_ab12ab12ab12ab12ab12ab12ab12\""),
                arguments("name", LIVE + ",\"name\":\"\\u200b\""),
                arguments("name", LIVE + ",\"name\":\"\\u200d\""),
                arguments("name", LIVE + ",\"name\":\"\\u00a0\""),
                arguments("name", LIVE + ",\"name\":\"a\\u2028b\""),
                arguments("name", LIVE + ",\"name\":\"Check\\u200bout\""),
                arguments("name", LIVE + ",\"name\":\"\\u202etuokcehC\""),
                arguments("environment", NAME),
                arguments("environment", NAME + ",\"environment\":\"staging\""),
                arguments("environment", NAME + ",\"environment\":[\"live\"]"),
                arguments("kind", NAME + "," + LIVE + ",\"kind\":\"public\""),
                arguments("prefix", NAME + "," + LIVE + ",\"prefix\":\"acme_\""),
                arguments("signing", NAME + "," + LIVE + ",\"signing\":\"yes\""),
                arguments("signing", NAME + "," + LIVE + ",\"signing\":true"),
                arguments("version", NAME + "," + LIVE + ",\"version\":-1"),
                arguments("version", NAME + "," + LIVE + ",\"version\":99999999999"),
                arguments("version", NAME + "," + LIVE + ",\"version\":99999999999999999999999"),
                arguments("version", NAME + "," + LIVE + ",\"version\":1.5"),
                arguments("scopes", NAME + "," + LIVE + ",\"scopes\":\"customers:read\""),
                arguments("scopes", NAME + "," + LIVE + ",\"scopes\":[\"customers:read\",\"customers:delete\"]"),
                arguments("scopes", NAME + "," + LIVE + ",\"scopes\":[null]"),
                arguments("scopes", NAME + "," + LIVE + ",\"scopes\":[" + "\"customers:read\",".repeat(500) + "\"x\"]"),
                arguments("roles", NAME + "," + LIVE + ",\"roles\":[\"owner\"]"),
                arguments("plan", NAME + "," + LIVE + ",\"plan\":\"free\""),
                arguments("attributes", NAME + "," + LIVE + ",\"attributes\":{\"project\":\"p\"}"),
                arguments("attributes", NAME + "," + LIVE + ",\"attributes\":{\"project\":1}"),
                arguments("addresses", NAME + "," + LIVE + ",\"addresses\":[\"10.0.0.0/8\",\"everywhere\"]"),
                arguments("addresses", NAME + "," + LIVE + ",\"addresses\":[\"10.0.0.1/8\"]"),
                arguments("expires_at", NAME + "," + LIVE + ",\"expires_at\":\"tomorrow\""),
                arguments("expires_at", NAME + "," + LIVE + ",\"expires_at\":\"2026-06-01\""),
                arguments("expires_at", NAME + "," + LIVE + ",\"expires_at\":\"2026-03-01T12:00:00Z\""),
                arguments("service_owned", NAME + "," + LIVE + ",\"service_owned\":\"yes\""));
    }

    @ParameterizedTest
    @MethodSource("wrongFields")
    void create_withAWrongField_saysWhichAndWhatWouldBeRight(String field, String fields) {
        HttpResponse<String> response = create(fields);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(textAt(response, "code")).isEqualTo("invalid_fields");
        assertThat(textAt(response, "errors.0.field")).isEqualTo(field);
        assertThat(textAt(response, "errors.0.message")).containsAnyOf("expected", "looks like");
        assertThat(application.store().revision()).isZero();
    }

    /** What a key itself says of its bounds. */
    @Test
    void create_ofMoreThanAKeyHolds_isRefusedWithTheBound() {
        String addresses =
                IntStream.range(0, 51).mapToObj(i -> "\"10.0.0." + i + "\"").collect(Collectors.joining(","));

        HttpResponse<String> response = create(NAME + "," + LIVE + ",\"addresses\":[" + addresses + "]");

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(textAt(response, "code")).isEqualTo("refused");
        assertThat(textAt(response, "detail")).contains("51 address ranges: expected 50 at most");
        assertThat(application.store().revision()).isZero();
    }

    @Test
    void create_withSeveralWrongFields_saysAllOfThem() {
        HttpResponse<String> response = create("\"name\":\"\",\"environment\":\"x\",\"plan\":\"x\"");

        assertThat(textAt(response, "detail")).isEqualTo("3 fields are not as they should be.");
        assertThat(each(response, "errors", "field")).containsExactly("name", "environment", "plan");
    }

    static Stream<String> excess() {
        return Stream.of(
                "\"scopes\":[\"payments:read\"]",
                "\"scopes\":[\"customers:read\",\"products:write\"]",
                "\"plan\":\"starter\"");
    }

    @ParameterizedTest
    @MethodSource("excess")
    void create_ofMoreThanTheMemberMayGrant_isRefused(String fields) {
        HttpResponse<String> response = create(NAME + "," + LIVE + "," + fields);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(403);
        assertThat(textAt(response, "code")).isEqualTo("forbidden");
        assertThat(textAt(response, "detail")).contains("may not grant");
        assertThat(application.store().revision()).isZero();
    }

    @Test
    void create_whereKeysHaveAnAge_endsWithItAndNotLater() {
        String test = NAME + ",\"environment\":\"test\"";

        assertThat(at(ada.get("/api/session"), "environments"))
                .isEqualTo(List.of(
                        Map.of("name", "live"),
                        Map.of("name", "test", "max_age_seconds", 15_552_000L, "default_age_seconds", 5_184_000L)));
        assertThat(textAt(create(test), "key.expires_at")).isEqualTo("2026-04-30T12:00:00Z");
        assertThat(textAt(create(test + ",\"expires_at\":\"2026-08-28T12:00:00Z\""), "key.expires_at"))
                .isEqualTo("2026-08-28T12:00:00Z");
        HttpResponse<String> tooLate = create(test + ",\"expires_at\":\"2026-08-28T12:00:01Z\"");
        assertThat(tooLate.statusCode()).isEqualTo(422);
        assertThat(textAt(tooLate, "detail")).contains("180d at most");
    }

    @Test
    void create_inASuspendedAccount_isRefusedWithTheReason() {
        application.keys().suspendAccount(TestMembers.ACCOUNT, TestApplication.OPERATOR);

        HttpResponse<String> response = create(NAME + "," + LIVE);

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(textAt(response, "code")).isEqualTo("refused");
        assertThat(textAt(response, "detail")).contains("suspended");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://{host}", "https://{host}", "HTTP://{HOST}"})
    void change_fromABrowserThatTellsItsOriginAlone_isMade(String origin) {
        String host = application.url().substring("http://".length());
        String own = origin.replace("{host}", host).replace("{HOST}", host.toUpperCase(Locale.ROOT));

        HttpResponse<String> response =
                ada.post("/api/keys", "{" + NAME + "," + LIVE + "}", "Sec-Fetch-Site", "", "Origin", own);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    }

    // Listing.

    @Test
    void list_showsWhatAKeyIs_newestFirst() {
        issue("one");
        application.time().advance(Duration.ofMinutes(1));
        KeyId second = issue("two");
        application.store().usage().add(List.of(), Map.of(second, TestApplication.NOW));

        HttpResponse<String> page = ada.get("/api/keys");

        assertThat(names(page)).containsExactly("two", "one");
        assertThat(textAt(page, "keys.0.id")).isEqualTo(second.text());
        assertThat(textAt(page, "keys.0.prefix")).isEqualTo("lumen_live_");
        assertThat(textAt(page, "keys.0.status")).isEqualTo("active");
        assertThat(textAt(page, "keys.0.last_used_at")).isEqualTo(TestApplication.NOW.toString());
        assertThat(at(page, "keys.0.created_by")).isEqualTo(Map.of("type", "operator", "id", "setup", "name", "setup"));
        assertThat(at(page, "keys.1.last_used_at")).isNull();
        assertThat(at(page, "next")).isNull();
    }

    @Test
    void list_byFilters_showsWhatHasAllOfThem() {
        KeyId live = issue("Checkout live");
        issue("Checkout old");
        create("\"name\":\"Checkout test\",\"environment\":\"test\"");
        application.keys().revoke(live, TestApplication.OPERATOR);
        String lastFour = textAt(ada.get("/api/keys/" + live), "key.last_four");

        assertThat(names(ada.get("/api/keys?environment=test"))).containsExactly("Checkout test");
        assertThat(names(ada.get("/api/keys?status=revoked"))).containsExactly("Checkout live");
        assertThat(names(ada.get("/api/keys?status=active&environment=live"))).containsExactly("Checkout old");
        assertThat(names(ada.get("/api/keys?member=usr_ada"))).containsExactly("Checkout test");
        assertThat(names(ada.get("/api/keys?member=usr_nobody"))).isEmpty();
        assertThat(names(ada.get("/api/keys?text=CHECKOUT+T"))).containsExactly("Checkout test");
        assertThat(names(ada.get("/api/keys?text=" + live))).containsExactly("Checkout live");
        assertThat(names(ada.get("/api/keys?text=" + lastFour + "&status=revoked")))
                .containsExactly("Checkout live");
        assertThat(names(ada.get("/api/keys?text=&status=+"))).hasSize(3);
    }

    @Test
    void list_ofThousands_isReadPageByPageWithoutLossOrRepetition() {
        int keys = 2_345;
        for (int i = 0; i < keys; i++) {
            issue("key " + i);
            if (i % 100 == 0) {
                application.time().advance(Duration.ofSeconds(1));
            }
        }

        List<String> seen = new ArrayList<>();
        int calls = 0;
        String after = "";
        do {
            HttpResponse<String> page = ada.get("/api/keys?limit=100" + (after.isEmpty() ? "" : "&after=" + after));
            seen.addAll(names(page));
            after = at(page, "next") == null ? "" : textAt(page, "next");
            calls++;
        } while (!after.isEmpty());

        assertThat(seen).hasSize(keys).doesNotHaveDuplicates();
        assertThat(calls).isEqualTo(24);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "environment=staging",
                "status=unknown",
                "limit=0",
                "limit=101",
                "limit=ten",
                "after=x",
                "after=.aaaaaaaaaaaa",
                "after=12.short",
                "after=99999999999999999999.aaaaaaaaaaaa",
                "text=a%00b",
                "member=a%0Ab"
            })
    void list_withAWrongParameter_saysWhatWouldBeRight(String query) {
        HttpResponse<String> response = ada.get("/api/keys?" + query);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(textAt(response, "code")).isEqualTo("invalid_parameter");
        assertThat(textAt(response, "detail")).startsWith(query.substring(0, query.indexOf('=')) + ": expected");
    }

    @Test
    void list_withAQueryThatCannotBeRead_isRefused() {
        assertThat(ada.get("/api/keys?text=%FF").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text={}", "member={}", "text=Bearer+{}", "member=KEY%3D{}%3B"})
    void list_askedForAWholeKey_isRefusedWithoutRepeatingIt(String query) {
        String text = application.issue(TestMembers.ACCOUNT, "one").revealOnce();

        HttpResponse<String> response = ada.get("/api/keys?" + query.replace("{}", text));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(textAt(response, "code")).isEqualTo("key_in_query");
        assertThat(response.body()).doesNotContain(text.substring(20));
    }

    // Changing.

    @Test
    void rotate_withAnOverlap_showsBothSecretsUntilTheOldOneEnds() {
        KeyId id = issue("one");

        HttpResponse<String> rotated = ada.post("/api/keys/" + id + "/rotate", "{\"overlap_seconds\":3600}");

        assertThat(rotated.statusCode()).as(rotated.body()).isEqualTo(200);
        assertThat(textAt(rotated, "secret")).startsWith("lumen_live_" + id);
        assertThat(textAt(rotated, "key.secrets.0.ends_at")).isEqualTo("2026-03-01T13:00:00Z");
        assertThat(textAt(rotated, "key.secrets.1.last_four")).isEqualTo(textAt(rotated, "key.last_four"));
        assertThat(at(rotated, "key.secrets.0.ended")).isEqualTo(false);
        application.time().advance(Duration.ofHours(1));
        assertThat(at(ada.get("/api/keys/" + id), "key.secrets.0.ended")).isEqualTo(true);
        assertThat(textAt(ada.get("/api/keys/" + id + "/audit"), "entries.0.action"))
                .isEqualTo("rotate");
    }

    @Test
    void rotate_fromFirstUse_showsHowLongTheOldSecretWillGoOn() {
        KeyId id = issue("one");

        HttpResponse<String> rotated =
                ada.post("/api/keys/" + id + "/rotate", "{\"overlap_seconds\":7200,\"from_first_use\":true}");

        assertThat(at(rotated, "key.secrets.0.overlap_seconds")).isEqualTo(7200L);
        assertThat(at(rotated, "key.secrets.0.ends_at")).isNull();
        assertThat(at(rotated, "key.secrets.1.overlap_seconds")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"overlap_seconds\":-1}",
                "{\"overlap_seconds\":31622401}",
                "{\"overlap_seconds\":\"3600\"}",
                "{\"overlap_seconds\":60,\"from_first_use\":1}"
            })
    void rotate_withAWrongOverlap_changesNothing(String body) {
        KeyId id = issue("one");

        HttpResponse<String> response = ada.post("/api/keys/" + id + "/rotate", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(application.store().find(id).orElseThrow().secrets()).hasSize(1);
    }

    @Test
    void rotate_ofAKeyThatMayMoreThanTheMemberMayGrant_isRefusedAndNotOffered() {
        KeyId id = application
                .keys()
                .issue(
                        NewKey.of(TestMembers.ACCOUNT, "payer", KeyEnvironment.LIVE)
                                .scopes("payments:write")
                                .build(),
                        TestApplication.OPERATOR)
                .key()
                .id();

        assertThat(at(ada.get("/api/keys/" + id), "key.actions")).isEqualTo(List.of("disable", "revoke"));
        HttpResponse<String> response = ada.post("/api/keys/" + id + "/rotate", "{\"overlap_seconds\":0}");
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(textAt(response, "detail")).contains("payments:write");
    }

    @Test
    void disableEnableAndRevoke_changeTheStatusAndWhatIsOffered() {
        KeyId id = issue("one");
        String path = "/api/keys/" + id;

        HttpResponse<String> disabled = ada.post(path + "/disable", "{}");
        assertThat(textAt(disabled, "key.status")).isEqualTo("disabled");
        assertThat(at(disabled, "key.actions")).isEqualTo(List.of("enable", "revoke", "rotate"));
        HttpResponse<String> enabled = ada.post(path + "/enable", "{}");
        assertThat(textAt(enabled, "key.status")).isEqualTo("active");
        HttpResponse<String> revoked = ada.post(path + "/revoke", "{}");
        assertThat(textAt(revoked, "key.status")).isEqualTo("revoked");
        assertThat(at(revoked, "key.actions")).isEqualTo(List.of());

        HttpResponse<String> again = ada.post(path + "/enable", "{}");
        assertThat(again.statusCode()).isEqualTo(422);
        assertThat(textAt(again, "detail")).contains("revoked");
        assertThat(application.store().find(id).orElseThrow().disabledAt()).isEmpty();
    }

    @Test
    void key_thatExpired_offersNothingButRevokingAndDisabling() {
        String id = textAt(create(NAME + "," + LIVE + ",\"expires_at\":\"2026-03-02T12:00:00Z\""), "key.id");
        application.time().advance(Duration.ofDays(1));

        HttpResponse<String> key = ada.get("/api/keys/" + id);

        assertThat(textAt(key, "key.status")).isEqualTo("expired");
        assertThat(at(key, "key.actions")).isEqualTo(List.of("disable", "revoke"));
    }

    // Looking back.

    @Test
    void usage_isAddedUpInSteps() {
        KeyId id = issue("one");
        Instant hour = TestApplication.NOW.truncatedTo(ChronoUnit.HOURS);
        application
                .store()
                .usage()
                .add(
                        List.of(
                                new UsageCount(id, hour, "allowed", 5),
                                new UsageCount(id, hour, "rate-limited", 2),
                                new UsageCount(id, hour.minus(Duration.ofHours(1)), "allowed", 7),
                                new UsageCount(id, hour.minus(Duration.ofDays(6)), "allowed", 11),
                                new UsageCount(id, hour.minus(Duration.ofDays(29)), "forbidden", 13),
                                new UsageCount(id, hour.minus(Duration.ofDays(400)), "allowed", 17)),
                        Map.of());

        HttpResponse<String> day = ada.get("/api/keys/" + id + "/usage?period=24h");
        assertThat(at(day, "totals")).isEqualTo(Map.of("allowed", 12L, "rate-limited", 2L));
        assertThat(at(day, "step_seconds")).isEqualTo(3600L);
        assertThat(textAt(day, "to")).isEqualTo("2026-03-01T13:00:00Z");
        assertThat(at(day, "steps.23.outcomes")).isEqualTo(Map.of("allowed", 5L, "rate-limited", 2L));
        assertThat(at(day, "steps.22"))
                .isEqualTo(Map.of("at", "2026-03-01T11:00:00Z", "outcomes", Map.of("allowed", 7L)));
        HttpResponse<String> week = ada.get("/api/keys/" + id + "/usage");
        assertThat(textAt(week, "period")).isEqualTo("7d");
        assertThat(at(week, "totals")).isEqualTo(Map.of("allowed", 23L, "rate-limited", 2L));
        HttpResponse<String> month = ada.get("/api/keys/" + id + "/usage?period=30d");
        assertThat(at(month, "totals")).isEqualTo(Map.of("allowed", 23L, "rate-limited", 2L, "forbidden", 13L));
        assertThat(textAt(month, "from")).isEqualTo("2026-01-31T00:00:00Z");
        assertThat(at(month, "steps.0.outcomes")).isEqualTo(Map.of("forbidden", 13L));
        assertThat(at(ada.get("/api/keys/" + id + "/usage?period=90d"), "totals"))
                .isEqualTo(at(month, "totals"));
        assertThat(textAt(ada.get("/api/keys/" + id + "/usage?period=1y"), "detail"))
                .isEqualTo("period: expected one of [24h, 7d, 30d, 90d].");
    }

    @Test
    void audit_ofTheAccount_isReadBackToItsBeginning() {
        KeyId one = issue("one");
        issue("two");
        application.keys().rotate(one, Overlap.none(), TestApplication.OPERATOR);
        application.keys().suspendAccount(TestMembers.ACCOUNT, TestApplication.OPERATOR);

        HttpResponse<String> newest = ada.get("/api/audit?limit=3");
        assertThat(textAt(newest, "entries.0.action")).isEqualTo("suspend-account");
        assertThat(at(newest, "entries.0.key_id")).isNull();
        assertThat(textAt(newest, "entries.1.key_name")).isEqualTo("one");
        assertThat(textAt(newest, "entries.1.actor.type")).isEqualTo("operator");
        HttpResponse<String> older = ada.get("/api/audit?limit=3&before=" + textAt(newest, "next"));
        assertThat(each(older, "entries", "action")).containsExactly("issue");
        assertThat(at(older, "next")).isNull();
        assertThat(textAt(ada.get("/api/audit?before=x"), "code")).isEqualTo("invalid_parameter");
    }
}
