package dev.keystile.console;

import dev.keystile.Keystile;
import dev.keystile.key.Actor;
import dev.keystile.key.ApiKey;
import dev.keystile.key.AuditEntry;
import dev.keystile.key.AuditPage;
import dev.keystile.key.AuditQuery;
import dev.keystile.key.IssuedKey;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyId;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyPage;
import dev.keystile.key.KeyPrefix;
import dev.keystile.key.KeyQuery;
import dev.keystile.key.KeyStatus;
import dev.keystile.key.NewKey;
import dev.keystile.key.Overlap;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The calls below {@code api/}: what members can ask and do.
 *
 * <p>Safe for use by many threads.
 */
final class ConsoleApi {

    /** Does what a call says. */
    private interface Work {

        Answer answer(ConsoleCall call) throws IOException;
    }

    /**
     * One method on one path.
     *
     * @param method {@code GET}, or {@code POST} for what changes something
     * @param path   its segments; {@link #ID} stands for a key id
     * @param work   what it does
     */
    private record Route(String method, List<String> path, Work work) {

        boolean covers(List<String> asked) {
            if (asked.size() != path.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                boolean fits = path.get(i).equals(ID)
                        ? !asked.get(i).isEmpty()
                        : path.get(i).equals(asked.get(i));
                if (!fits) {
                    return false;
                }
            }
            return true;
        }

        String idIn(List<String> asked) {
            int at = path.indexOf(ID);
            return at < 0 ? "" : asked.get(at);
        }
    }

    private static final String ID = "{id}";

    private final Keystile keystile;
    private final KeyManager manager;
    private final ConsoleMembers members;
    private final Gate gate;
    private final ConsoleTokens tokens = new ConsoleTokens();
    private final KeyTexts texts;
    private final List<Route> routes;

    ConsoleApi(Keystile keystile, ConsoleMembers members, Gate gate, KeyTexts texts) {
        this.keystile = keystile;
        this.manager = keystile.keyManager();
        this.members = members;
        this.gate = gate;
        this.texts = texts;
        this.routes = List.of(
                get("session", this::session),
                get("keys", this::list),
                post("keys", this::create),
                get("keys/{id}", this::show),
                post("keys/{id}/rotate", this::rotate),
                post("keys/{id}/revoke", call -> change(call, manager::revoke)),
                post("keys/{id}/disable", call -> change(call, manager::disable)),
                post("keys/{id}/enable", call -> change(call, manager::enable)),
                get("keys/{id}/usage", this::usage),
                get("keys/{id}/audit", this::auditOfKey),
                get("audit", this::auditOfAccount));
    }

    private static Route get(String path, Work work) {
        return new Route("GET", List.of(path.split("/")), work);
    }

    private static Route post(String path, Work work) {
        return new Route("POST", List.of(path.split("/")), work);
    }

    /**
     * Answers a call.
     *
     * @param path what follows {@code api/}
     */
    Answer answer(String path, HttpServletRequest request, HttpServletResponse response, Actor.Member member)
            throws IOException {
        gate.requireOwnReader(request);
        List<String> asked = List.of(path.split("/", -1));
        List<Route> there = routes.stream().filter(route -> route.covers(asked)).toList();
        if (there.isEmpty()) {
            throw Refusal.noSuchPath();
        }
        String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
        Route route = there.stream()
                .filter(it -> it.method().equals(method))
                .findFirst()
                .orElseThrow(() -> notAllowed(there));
        if (route.method().equals("POST")) {
            gate.requireOwnSender(request);
            tokens.require(request, member);
            requireManages(member);
        }
        return route.work().answer(new ConsoleCall(request, response, member, route.idIn(asked)));
    }

    /** Before the body is read: whoever may not change keys is told that, and not how a body should be. */
    private void requireManages(Actor.Member member) {
        if (!manages(member)) {
            throw Refusal.of(
                    403, "forbidden", "Changing keys takes one of the roles " + new TreeSet<>(manager.issuers()) + ".");
        }
    }

    private boolean manages(Actor.Member member) {
        return member.memberRoles().stream().anyMatch(manager.issuers()::contains);
    }

    private static Refusal notAllowed(List<Route> there) {
        Set<String> methods = there.stream().map(Route::method).collect(Collectors.toCollection(TreeSet::new));
        return ConsoleServlet.notAllowed(methods);
    }

    private Answer session(ConsoleCall call) {
        Actor.Member member = call.member();
        String token = tokens.issue(call.request(), call.response(), member);
        Optional<String> home = members.homeUrl(call.request()).map(ConsoleServlet::requireLink);
        Map<String, String> names = members.names(member.account(), Set.of(member.id()));
        boolean mayManage = manages(member);
        return Answer.json(200, json -> {
            KeyViews.time(json, "now", Optional.of(keystile.now()));
            json.writeStringField("token", token);
            json.writeStringField("account", member.account());
            json.writeObjectFieldStart("member");
            json.writeStringField("id", member.id());
            json.writeStringField("name", names.getOrDefault(member.id(), member.id()));
            json.writeEndObject();
            KeyViews.text(json, "home_url", home);
            json.writeBooleanField("may_manage", mayManage);
            KeyViews.texts(json, "managing_roles", new TreeSet<>(manager.issuers()));
            json.writeArrayFieldStart("environments");
            for (KeyEnvironment environment : environments().toList()) {
                json.writeStartObject();
                json.writeStringField("name", environment.name());
                KeyViews.seconds(json, "max_age_seconds", manager.maxAge(environment));
                KeyViews.seconds(json, "default_age_seconds", manager.defaultAge(environment));
                json.writeEndObject();
            }
            json.writeEndArray();
            KeyViews.texts(
                    json,
                    "prefixes",
                    texts.prefixes().stream().map(KeyPrefix::text).toList());
            json.writeFieldName("default_plan");
            if (keystile.defaultPlan().isPresent()) {
                Offer.write(json, keystile.defaultPlan().get());
            } else {
                json.writeNull();
            }
            json.writeObjectFieldStart("offer");
            if (mayManage) {
                new Offer(keystile, member).writeTo(json);
            }
            json.writeEndObject();
        });
    }

    private Stream<KeyEnvironment> environments() {
        return Stream.concat(
                        keystile.keyFormat().prefixes().stream().map(KeyPrefix::environment),
                        manager.signingEnvironments().stream())
                .distinct();
    }

    private Answer list(ConsoleCall call) {
        Instant now = keystile.now();
        KeyQuery query = query(call, now);
        KeyPage page = manager.list(query, call.member());
        return Answer.json(200, json -> {
            KeyViews.time(json, "now", Optional.of(now));
            views(call, now).writeKeys(json, page.keys());
            KeyViews.text(
                    json,
                    "next",
                    page.more() ? Optional.of(cursor(page.keys().get(page.keys().size() - 1))) : Optional.empty());
        });
    }

    private KeyQuery query(ConsoleCall call, Instant now) {
        Optional<KeyEnvironment> environment = call.parameter("environment")
                .map(name -> environments()
                        .filter(it -> it.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> ConsoleCall.invalid(
                                "environment", "one of " + environments().toList())));
        Optional<KeyQuery.StatusAt> state = call.parameter("status")
                .map(word -> new KeyQuery.StatusAt(
                        Arrays.stream(KeyStatus.values())
                                .filter(it -> it.word().equals(word))
                                .findFirst()
                                .orElseThrow(() -> ConsoleCall.invalid("status", "one of " + statuses())),
                        now));
        return new KeyQuery(
                call.member().account(),
                environment,
                typed(call, "member"),
                state,
                typed(call, "text"),
                call.parameter("after").map(ConsoleApi::position),
                call.limit());
    }

    /** A parameter into which people type, or paste. */
    private Optional<String> typed(ConsoleCall call, String name) {
        Optional<String> text = call.parameter(name);
        if (text.filter(texts::mayHoldKey).isPresent()) {
            throw Refusal.of(
                    400,
                    "key_in_query",
                    name
                            + ": this looks like a whole key, which must not stand in a URL. Search for its id or its last four"
                            + " characters, and rotate it if it is a good one.");
        }
        if (text.filter(it -> !KeyTexts.isLine(it, KeyQuery.MAX_TEXT)).isPresent()) {
            throw ConsoleCall.invalid(name, KeyQuery.MAX_TEXT + " characters at most, on one line");
        }
        return text;
    }

    private static List<String> statuses() {
        return Arrays.stream(KeyStatus.values()).map(KeyStatus::word).sorted().toList();
    }

    /** A place in the list, as a page tells it and the next call sends it back. */
    private static String cursor(ApiKey last) {
        return last.createdAt().toEpochMilli() + "." + last.id();
    }

    private static KeyQuery.Position position(String cursor) {
        int dot = cursor.indexOf('.');
        try {
            long millis = Long.parseLong(cursor.substring(0, Math.max(0, dot)));
            return new KeyQuery.Position(Instant.ofEpochMilli(millis), new KeyId(cursor.substring(dot + 1)));
        } catch (IllegalArgumentException notOurs) {
            throw ConsoleCall.invalid("after", "what an earlier page said in next");
        }
    }

    private Answer create(ConsoleCall call) throws IOException {
        JsonBody body = JsonBody.read(call.request(), NewKeyFields.KNOWN);
        Instant now = keystile.now();
        NewKey wanted = new NewKeyFields(body, new Offer(keystile, call.member()), texts, now).read();
        KeyViews.Background background = views(call, now).backgroundBeforeIssue();
        return revealed(201, call, manager.issue(wanted, call.member()), background);
    }

    private Answer rotate(ConsoleCall call) throws IOException {
        KeyId id = call.keyId();
        JsonBody body = JsonBody.read(call.request(), Set.of("overlap_seconds", "from_first_use"));
        OptionalLong seconds = body.number("overlap_seconds");
        boolean fromFirstUse = body.flag("from_first_use");
        if (seconds.isEmpty()
                || seconds.getAsLong() < 0
                || seconds.getAsLong() > Duration.ofDays(366).toSeconds()) {
            body.reject("overlap_seconds", "expected a whole number from 0 to 31622400, which is 366 days");
        }
        ApiKey key = requireSeen(id, call.member());
        body.requireValid();
        Overlap overlap = new Overlap(Duration.ofSeconds(seconds.orElseThrow()), fromFirstUse);
        KeyViews.Background background = views(call, keystile.now()).backgroundBeforeChange(key);
        return revealed(200, call, manager.rotate(id, overlap, call.member()), background);
    }

    /** The one kind of answer that holds a secret. It reads nothing: the secret is nowhere else. */
    private Answer revealed(int status, ConsoleCall call, IssuedKey issued, KeyViews.Background background) {
        Instant now = keystile.now();
        return Answer.json(status, json -> {
            KeyViews.time(json, "now", Optional.of(now));
            views(call, now).writeKey(json, issued.key(), background);
            json.writeStringField("secret", issued.revealOnce());
            KeyViews.text(json, "file_name", issued.fileName());
        });
    }

    private Answer change(ConsoleCall call, BiFunction<KeyId, Actor, ApiKey> work) throws IOException {
        KeyId id = call.keyId();
        JsonBody.read(call.request(), Set.of());
        ApiKey key = requireSeen(id, call.member());
        KeyViews.Background background = views(call, keystile.now()).backgroundBeforeChange(key);
        return key(call, work.apply(id, call.member()), background);
    }

    private Answer show(ConsoleCall call) {
        ApiKey key = requireSeen(call.keyId(), call.member());
        return key(call, key, views(call, keystile.now()).background(List.of(key)));
    }

    private ApiKey requireSeen(KeyId id, Actor.Member member) {
        return manager.find(id, member).orElseThrow(Refusal::noSuchKey);
    }

    private Answer key(ConsoleCall call, ApiKey key, KeyViews.Background background) {
        Instant now = keystile.now();
        return Answer.json(200, json -> {
            KeyViews.time(json, "now", Optional.of(now));
            views(call, now).writeKey(json, key, background);
        });
    }

    private KeyViews views(ConsoleCall call, Instant now) {
        return new KeyViews(keystile, call.member(), members, now);
    }

    private Answer usage(ConsoleCall call) {
        UsagePeriod period = call.parameter("period")
                .map(word -> UsagePeriod.ofWord(word)
                        .orElseThrow(() -> ConsoleCall.invalid("period", "one of " + UsagePeriod.WORDS)))
                .orElse(UsagePeriod.WEEK);
        Instant now = keystile.now();
        var counts = manager.usage(call.keyId(), period.from(now), period.to(now), call.member());
        return Answer.json(200, json -> {
            KeyViews.time(json, "now", Optional.of(now));
            period.write(json, counts, now);
        });
    }

    private Answer auditOfKey(ConsoleCall call) {
        ApiKey key = requireSeen(call.keyId(), call.member());
        return audit(
                call,
                AuditQuery.ofAccount(call.member().account()).ofKey(key.id()),
                entries -> Map.of(key.id(), key.name()));
    }

    private Answer auditOfAccount(ConsoleCall call) {
        return audit(call, AuditQuery.ofAccount(call.member().account()), views(call, keystile.now())::keyNames);
    }

    private Answer audit(ConsoleCall call, AuditQuery all, Function<List<AuditEntry>, Map<KeyId, String>> keyNames) {
        OptionalLong before = call.number("before", 1, Long.MAX_VALUE).stream()
                .mapToLong(Long::longValue)
                .findFirst();
        AuditPage page = manager.audit(new AuditQuery(all.account(), all.key(), before, call.limit()), call.member());
        List<AuditEntry> entries = page.entries();
        Map<KeyId, String> names = keyNames.apply(entries);
        Instant now = keystile.now();
        return Answer.json(200, json -> {
            KeyViews.time(json, "now", Optional.of(now));
            views(call, now).writeEntries(json, entries, names);
            if (page.more()) {
                json.writeNumberField("next", entries.get(entries.size() - 1).revision());
            } else {
                json.writeNullField("next");
            }
        });
    }
}
