package dev.keystile;

import dev.keystile.decision.Allowed;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.Decision;
import dev.keystile.decision.DecisionEvent;
import dev.keystile.decision.DecisionListener;
import dev.keystile.decision.DenialCause;
import dev.keystile.decision.Denied;
import dev.keystile.decision.Outcome;
import dev.keystile.http.AnswerFormat;
import dev.keystile.http.ApiRequest;
import dev.keystile.http.Credential;
import dev.keystile.http.CredentialSource;
import dev.keystile.http.HttpAnswer;
import dev.keystile.http.TrustedProxies;
import dev.keystile.key.ApiKey;
import dev.keystile.key.KeyFormat;
import dev.keystile.key.KeyManager;
import dev.keystile.key.KeyStore;
import dev.keystile.key.KeyVerifier;
import dev.keystile.key.ScopeCatalog;
import dev.keystile.key.TimeSource;
import dev.keystile.key.UnavailableException;
import dev.keystile.key.Verification;
import dev.keystile.limit.Charge;
import dev.keystile.limit.FailureLimiter;
import dev.keystile.limit.Plan;
import dev.keystile.limit.RateLimit;
import dev.keystile.limit.RateLimitResult;
import dev.keystile.limit.RateLimiter;
import dev.keystile.scope.Demand;
import dev.keystile.scope.PathReading;
import dev.keystile.scope.Rule;
import dev.keystile.scope.RuleMatch;
import dev.keystile.scope.ScopePolicy;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * API keys in front of an application: takes a request, gives a {@link Decision}.
 *
 * <p>The order is fixed: target, credential, format, proof, rate limit, scope. Whatever could not be told is denied.
 *
 * <p>Safe for use by many threads. Close it when the application ends.
 */
public final class Keystile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Keystile.class);
    /** Each denial with its precise cause, at debug: who floods with bad keys must not flood the log as well. */
    private static final Logger DENIALS = LoggerFactory.getLogger("dev.keystile.denials");

    private static final Duration WARNING_INTERVAL = Duration.ofSeconds(10);
    private static final RuleMatch FOR_CONTAINER = new RuleMatch.NoRule();

    private final KeyFormat format;
    private final ScopeCatalog catalog;
    private final ScopePolicy policy;
    /** An array, as {@link #listeners} are: going through a list makes an object for each request. */
    private final CredentialSource[] places;

    private final Callers callers;
    private final RateLimiter limiter;
    /** Whether one reading of the clock serves the lease and the limits. */
    private final boolean limiterReadsClock;

    private final Optional<FailureLimiter> failures;
    private final TrustedProxies proxies;
    private final KeyVerifier<Caller> verifier;
    private final KeyManager manager;
    private final KeyStore store;
    /** Null where it is not recorded how keys are used. */
    private final @Nullable UsageRecorder usage;

    private final AnswerFormat answers;
    /** What scripts of other origins may read; empty if there are none. */
    private final String exposedHeaders;

    private final DecisionListener[] listeners;
    private final TimeSource time;
    private final WallClock wallClock;
    /** When a failure is worth a warning again: an outage, or one damaged key, must not flood the log. */
    private final AtomicLong nextWarningNanos;

    Keystile(KeystileBuilder builder, KeyStore store, RateLimiter limiter) {
        this.time = builder.time();
        this.wallClock = new WallClock(time);
        this.nextWarningNanos = new AtomicLong(time.nanoTime());
        this.catalog = builder.catalog();
        this.policy = builder.policy();
        this.answers = builder.answers();
        this.exposedHeaders = answers.origins().isEmpty() ? "" : answers.exposedHeaders();
        this.places = answers.sources().toArray(CredentialSource[]::new);
        this.limiter = limiter;
        this.limiterReadsClock = limiter.readsClock(time);
        this.failures = builder.failures();
        this.proxies = builder.trustedProxies();
        this.listeners = builder.listeners().toArray(DecisionListener[]::new);
        this.store = store;
        this.callers = builder.callers();
        this.format = builder.format();
        this.verifier = builder.verifier(store, format).build(callers::callerOf);
        this.manager = verifier.manager(catalog, callers.plans(), builder.issuers());
        // The last, for it begins a thread.
        this.usage = builder.usage();
    }

    /**
     * A builder of a facade over a store. The store is closed with the facade.
     *
     * @param store where the keys are kept
     */
    public static KeystileBuilder builder(KeyStore store) {
        return new KeystileBuilder(store);
    }

    /**
     * Decides a request. May block for the store, for the first proof of a key and for the limiter.
     *
     * @param request a request from outside the application
     */
    public Decision decide(ApiRequest request) {
        long began = listeners.length == 0 ? 0 : time.nanoTime();
        Decision decision = decideNow(request, true);
        if (decision == null) {
            throw new IllegalStateException("a decision that may block always ends");
        }
        return tell(decision, began);
    }

    /**
     * Decides a request if that needs neither the store nor a proof nor a remote limiter; empty otherwise, and then
     * nothing was counted: ask {@link #decide} on a thread that may block. Never blocks.
     *
     * @param request a request from outside the application
     */
    public Optional<Decision> decideWithoutBlocking(ApiRequest request) {
        long began = listeners.length == 0 ? 0 : time.nanoTime();
        return Optional.ofNullable(decideNow(request, false)).map(decision -> tell(decision, began));
    }

    /**
     * Decides a dispatch inside the application, to the path that the request now names. The caller proven before is
     * held to the rule of that path and not counted again; without one the request is decided whole.
     * {@code /WEB-INF} and {@code internal} paths are open to dispatches.
     *
     * @param request a forward, an include or an asynchronous dispatch
     * @param caller  who was proven when the request came in, if anybody was
     */
    public Decision decideDispatch(ApiRequest request, Optional<ApiPrincipal> caller) {
        long began = listeners.length == 0 ? 0 : time.nanoTime();
        Decision decision;
        try {
            decision = decideInside(request, caller);
        } catch (RuntimeException defect) {
            decision = defect(defect);
        }
        return decision == null ? decide(request) : tell(decision, began);
    }

    /**
     * Holds a caller that was let through to more: to what the code that handles the request demands by itself. Nothing is
     * counted again, and listeners hear a refusal alone.
     *
     * @param request  the request, or the dispatch, as it was decided
     * @param demanded what is demanded, found as if by a rule; {@link RuleMatch.NoRule} refuses
     * @param caller   who was proven when the request came in, if anybody was
     * @return why the request goes no further; empty if it may go on
     */
    public Optional<Denied> check(ApiRequest request, RuleMatch demanded, Optional<ApiPrincipal> caller) {
        long began = listeners.length == 0 ? 0 : time.nanoTime();
        if (isPublic(demanded)) {
            return Optional.empty();
        }
        Denied denied = caller.isEmpty()
                ? Denied.of(DenialCause.CREDENTIAL_MISSING, "").under(demanded.found())
                : Access.check(demanded, caller.get().scopes(), caller, request);
        if (denied == null) {
            return Optional.empty();
        }
        denied = denied.of(caller, Optional.empty());
        tell(denied, began);
        return Optional.of(denied);
    }

    /** Null if the request is to be decided whole. */
    private @Nullable Decision decideInside(ApiRequest request, Optional<ApiPrincipal> caller) {
        PathReading reading = read(request);
        if (!(reading instanceof PathReading.Read read)) {
            return decideInside(request, caller, reading);
        }
        String path = read.path();
        RuleMatch match = isUnder(path, "/META-INF") ? FOR_CONTAINER : policy.match(request.method(), path);
        Optional<Rule> rule = match.found();
        boolean webInf = path.equals("/WEB-INF") || path.startsWith("/WEB-INF/");
        if (isInternal(match) || webInf || isPublic(match)) {
            return allowed(rule, caller);
        }
        if (caller.isEmpty()) {
            return null;
        }
        return decideKnown(request, caller, match);
    }

    /** Of a path that is not read in one way only; null if the request is to be decided whole. */
    private @Nullable Decision decideInside(ApiRequest request, Optional<ApiPrincipal> caller, PathReading reading) {
        RuleMatch match = matchSlashed(request.method(), reading);
        if (match == null) {
            return Denied.of(DenialCause.AMBIGUOUS_TARGET, reasonOf(reading));
        }
        return caller.isEmpty() ? null : decideKnown(request, caller, match);
    }

    private Decision decideKnown(ApiRequest request, Optional<ApiPrincipal> caller, RuleMatch match) {
        Denied denied = Access.check(match, caller.orElseThrow().scopes(), caller, request);
        return denied == null ? allowed(match.found(), caller) : denied.of(caller, Optional.empty());
    }

    /** What the rules say of a path with encoded slashes; null if none of them admits it. */
    private @Nullable RuleMatch matchSlashed(String method, PathReading reading) {
        if (!(reading instanceof PathReading.Slashed slashed) || isForContainer(slashed.path())) {
            return null;
        }
        RuleMatch match = policy.match(method, slashed);
        return match instanceof RuleMatch.Matched ? match : null;
    }

    private static String reasonOf(PathReading reading) {
        return reading instanceof PathReading.Refused refused ? refused.reason() : "the path holds an encoded '/'";
    }

    /**
     * Whether no rule can open a path to requests, for it is the container's: {@code /WEB-INF}, {@code /META-INF}; in any
     * case, for some file systems do not tell one from the other.
     */
    private static boolean isForContainer(String path) {
        return isUnder(path, "/WEB-INF") || isUnder(path, "/META-INF");
    }

    private static boolean isUnder(String path, String folder) {
        // The first letter tells most paths from both folders.
        return path.length() > 1
                && (path.charAt(1) | 0x20) == (folder.charAt(1) | 0x20)
                && path.regionMatches(true, 0, folder, 0, folder.length())
                && (path.length() == folder.length() || path.charAt(folder.length()) == '/');
    }

    private static PathReading read(ApiRequest request) {
        return PathReading.read(request.rawPath(), request.contextPath(), request.servletPath(), request.pathInfo());
    }

    /** Null if it would have to block and may not. */
    private @Nullable Decision decideNow(ApiRequest request, boolean mayBlock) {
        try {
            return decideRequest(request, mayBlock);
        } catch (RuntimeException defect) {
            return defect(defect);
        }
    }

    private Denied defect(RuntimeException defect) {
        UnavailableException failure = new UnavailableException("an extension failed in a way it should not", defect);
        warn(failure);
        return couldNotTell(FOR_CONTAINER, failure);
    }

    private @Nullable Decision decideRequest(ApiRequest request, boolean mayBlock) {
        PathReading reading = read(request);
        RuleMatch match;
        if (reading instanceof PathReading.Read read) {
            String path = read.path();
            match = isForContainer(path) ? FOR_CONTAINER : policy.match(request.method(), path);
            if (isPublic(match) || isPreflight(request, path, match)) {
                return allowed(match.found(), Optional.empty());
            }
        } else {
            RuleMatch slashed = matchSlashed(request.method(), reading);
            if ((slashed == null || !namesOptions(slashed)) && isSlashedPreflight(request, reading)) {
                return allowed(slashed == null ? Optional.empty() : slashed.found(), Optional.empty());
            }
            if (slashed == null) {
                return Denied.of(DenialCause.AMBIGUOUS_TARGET, reasonOf(reading));
            }
            match = slashed;
        }
        try {
            return decideCredential(request, match, mayBlock);
        } catch (UnavailableException failure) {
            warn(failure);
            return couldNotTell(match, failure);
        }
    }

    /** Allowed without having been counted. */
    private Allowed allowed(Optional<Rule> rule, Optional<ApiPrincipal> caller) {
        return new Allowed(rule, caller, Optional.empty(), "", time.currentTimeMillis());
    }

    /**
     * Whether a browser asks leave for a request that a rule speaks of. It sends no key when it asks; and where a rule names
     * {@code OPTIONS}, that is a request of the API.
     */
    private boolean isPreflight(ApiRequest request, String path, RuleMatch match) {
        if (exposedHeaders.isEmpty()) {
            return false;
        }
        Optional<String> method = preflightMethod(request);
        if (method.isEmpty() || isForContainer(path) || namesOptions(match)) {
            return false;
        }
        RuleMatch asked = policy.match(method.get(), path);
        return asked instanceof RuleMatch.Matched matched && isForRequests(matched.rule());
    }

    /** The same, of a path with encoded slashes. */
    private boolean isSlashedPreflight(ApiRequest request, PathReading reading) {
        if (exposedHeaders.isEmpty()) {
            return false;
        }
        Optional<String> method = preflightMethod(request);
        RuleMatch asked = method.isEmpty() ? null : matchSlashed(method.get(), reading);
        if (!(asked instanceof RuleMatch.Matched matched)) {
            return false;
        }
        return matched.decoded().isEmpty()
                || (matched.decoded().get() instanceof RuleMatch.Matched other && isForRequests(other.rule()));
    }

    /** The method that a preflight without a credential asks leave for; empty if the request is none. */
    private Optional<String> preflightMethod(ApiRequest request) {
        Optional<String> method = answers.origins().preflightMethod(request);
        if (method.isPresent()) {
            for (CredentialSource source : places) {
                if (!(source.read(request) instanceof Credential.Absent)) {
                    return Optional.empty();
                }
            }
        }
        return method;
    }

    private static boolean isForRequests(Rule rule) {
        return !(rule.demand() instanceof Demand.Internal || rule.demand() instanceof Demand.Decoded);
    }

    private static boolean namesOptions(RuleMatch match) {
        return match instanceof RuleMatch.Matched matched
                && matched.rule().methods().contains("OPTIONS");
    }

    /** Looks in all places, of which one may hold a credential. */
    private @Nullable Decision decideCredential(ApiRequest request, RuleMatch match, boolean mayBlock) {
        Credential found = Credential.ABSENT;
        String header = "";
        for (CredentialSource source : places) {
            Credential credential = source.read(request);
            if (!(credential instanceof Credential.Absent)) {
                found = found instanceof Credential.Absent ? credential : Credential.SEVERAL;
                header = source.headerName();
            }
        }
        if (found instanceof Credential.Presented presented) {
            return decideText(presented, header, request, match, mayBlock);
        }
        return found instanceof Credential.Unreadable
                ? reject(DenialCause.KEY_MALFORMED, "", request, match)
                : Denied.of(
                                found instanceof Credential.Absent
                                        ? DenialCause.CREDENTIAL_MISSING
                                        : DenialCause.SEVERAL_CREDENTIALS,
                                "")
                        .under(match.found());
    }

    private @Nullable Decision decideText(
            Credential.Presented presented, String header, ApiRequest request, RuleMatch match, boolean mayBlock) {
        if (!mayBlock && limiter.mayBlock()) {
            return null;
        }
        long nanoTime = time.nanoTime();
        Verification<Caller> verification =
                verifier.verifyWithoutBlocking(presented.value(), presented.start(), nanoTime);
        if (verification instanceof Verification.Pending<Caller> pending) {
            if (!mayBlock) {
                return null;
            }
            Denied refused = pending.proven() ? null : refuseUnproven(request, match);
            if (refused != null) {
                return refused;
            }
            verification = verifier.verify(presented.text());
            nanoTime = time.nanoTime();
        }
        if (verification instanceof Verification.Verified<Caller> verified) {
            Caller caller = verified.view();
            Denied refused = caller.isFree() ? null : refuseElsewhere(caller, request, match);
            return refused == null ? decideCaller(caller, header, request, match, nanoTime) : refused;
        }
        Verification.Rejected<Caller> rejected = (Verification.Rejected<Caller>) verification;
        DenialCause cause = causeOf(rejected.reason());
        return rejected.view().isPresent()
                ? rejectProven(rejected.view().get(), cause, "", request, match)
                : reject(cause, rejected.detail(), request, match);
    }

    /** The text is the caller's, and the caller is not good now: listeners hear whose it was. */
    private Denied rejectProven(Caller caller, DenialCause cause, String detail, ApiRequest request, RuleMatch match) {
        countUse(caller, Outcome.UNAUTHORIZED);
        return reject(cause, detail, request, match).of(caller.principal(), Optional.empty());
    }

    private Denied reject(DenialCause cause, String detail, ApiRequest request, RuleMatch match) {
        // Also of texts that proved themselves before: a 401 among the 429 would tell that they were keys once.
        Denied refused = refuseUnproven(request, match);
        if (refused != null) {
            return refused;
        }
        failures.ifPresent(limit -> limit.count(proxies.clientOf(request)));
        return Denied.of(cause, detail).under(match.found());
    }

    /** Null if the caller may come from where the request comes. */
    private @Nullable Denied refuseElsewhere(Caller caller, ApiRequest request, RuleMatch match) {
        Optional<InetAddress> address = proxies.addressOf(request);
        if (address.isPresent() && caller.mayComeFrom(address.get())) {
            return null;
        }
        String detail = address.map(it -> "the key may not be used from " + it.getHostAddress())
                .orElse("it cannot be told where the request comes from");
        return rejectProven(caller, DenialCause.KEY_ADDRESS_REFUSED, detail, request, match);
    }

    private void countUse(Caller caller, Outcome outcome) {
        if (usage != null) {
            usage.count(caller.usage(outcome), time.currentTimeMillis());
        }
    }

    /**
     * Null unless too much has failed from where the request comes. Keys that proved themselves and are good are not asked
     * about, so that callers behind one address do not lock each other out.
     */
    private @Nullable Denied refuseUnproven(ApiRequest request, RuleMatch match) {
        if (failures.isEmpty()) {
            return null;
        }
        Duration wait = failures.get().waitOf(proxies.clientOf(request));
        return wait.isZero()
                ? null
                : Denied.of(DenialCause.TOO_MANY_FAILURES, "")
                        .under(match.found())
                        .retryAfter(wait);
    }

    private void warn(UnavailableException failure) {
        long now = time.nanoTime();
        long due = nextWarningNanos.get();
        if (now - due >= 0 && nextWarningNanos.compareAndSet(due, now + WARNING_INTERVAL.toNanos())) {
            LOG.warn(
                    "could not tell whether a key is good; the like is logged at debug for {}",
                    WARNING_INTERVAL,
                    failure);
        } else {
            LOG.debug("a request could not be decided", failure);
        }
    }

    private static Denied couldNotTell(RuleMatch match, UnavailableException failure) {
        return Denied.of(DenialCause.COULD_NOT_TELL, String.valueOf(failure.getMessage()))
                .under(match.found())
                .retryAfter(failure.retryAfter());
    }

    /** Counts the caller, then asks whether it may: in this order, so that probing for scopes is not free. */
    private Decision decideCaller(Caller caller, String header, ApiRequest request, RuleMatch match, long nanoTime) {
        RateLimitResult counted;
        try {
            counted = count(callers.charges(caller, match, request), nanoTime);
        } catch (RuntimeException failure) {
            countUse(caller, Outcome.UNAVAILABLE);
            throw failure;
        }
        if (counted != null && !counted.admitted()) {
            countUse(caller, Outcome.RATE_LIMITED);
            return Denied.of(
                            DenialCause.RATE_LIMITED, counted.decisive().limit().name())
                    .under(match.found())
                    .of(caller.principal(), Optional.of(counted))
                    .retryAfter(counted.retryAfter());
        }
        Optional<RateLimitResult> limits = counted == null ? Optional.empty() : Optional.of(counted);
        Denied denied = Access.check(match, caller.scopes(), caller.principal(), request);
        if (denied != null) {
            countUse(caller, denied.outcome());
            return denied.of(caller.principal(), limits);
        }
        long millis = wallClock.millisAt(nanoTime);
        if (usage != null) {
            usage.count(caller, millis);
        }
        return new Allowed(match.found(), caller.principal(), limits, header, millis);
    }

    /** Null if no limit applies. */
    private @Nullable RateLimitResult count(List<Charge> charges, long nanoTime) {
        if (charges.isEmpty()) {
            return null;
        }
        return limiterReadsClock ? limiter.tryConsume(charges, nanoTime) : limiter.tryConsume(charges);
    }

    private static boolean isPublic(RuleMatch match) {
        return match instanceof RuleMatch.Matched matched && matched.rule().demand() instanceof Demand.Public;
    }

    private static boolean isInternal(RuleMatch match) {
        return match instanceof RuleMatch.Matched matched && matched.rule().demand() instanceof Demand.Internal;
    }

    private static DenialCause causeOf(Verification.Reason reason) {
        return switch (reason) {
            case MALFORMED -> DenialCause.KEY_MALFORMED;
            case UNKNOWN -> DenialCause.KEY_UNKNOWN;
            case PREFIX_MISMATCH -> DenialCause.KEY_PREFIX_MISMATCH;
            case WRONG_SECRET -> DenialCause.KEY_WRONG_SECRET;
            case TOKEN_REFUSED -> DenialCause.KEY_TOKEN_REFUSED;
            case SECRET_ENDED -> DenialCause.KEY_SECRET_ENDED;
            case ACCOUNT_SUSPENDED -> DenialCause.KEY_ACCOUNT_SUSPENDED;
            case DISABLED -> DenialCause.KEY_DISABLED;
            case REVOKED -> DenialCause.KEY_REVOKED;
            case EXPIRED -> DenialCause.KEY_EXPIRED;
            case ENVIRONMENT_NOT_SERVED -> DenialCause.KEY_ENVIRONMENT_NOT_SERVED;
        };
    }

    private Decision tell(Decision decision, long began) {
        if (decision instanceof Denied denied && DENIALS.isDebugEnabled()) {
            DENIALS.debug(
                    "{} {} rule={} key={} {}",
                    denied.requestId(),
                    denied.cause().word(),
                    denied.rule().map(Rule::name).orElse("-"),
                    denied.principal().map(ApiPrincipal::getName).orElse("-"),
                    denied.detail());
        }
        for (DecisionListener listener : listeners) {
            try {
                listener.onDecision(new DecisionEvent(decision, time.nanoTime() - began));
            } catch (RuntimeException failure) {
                LOG.error("a decision listener failed", failure);
            }
        }
        return decision;
    }

    /**
     * Writes the headers of every response to an admitted request: those that tell how the limits stood when it was
     * decided; where the key stood in a header that shared caches do not know to be private, {@code Cache-Control: private}
     * and {@code Vary}; and what of it scripts of other origins may read, where there are any. It writes the same however
     * often it is asked, and none for a decision without a principal. An application may set its own
     * {@code Cache-Control}.
     *
     * @param headers takes name and value of each header
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9111#section-3.5">RFC 9111, section 3.5</a>
     */
    public void writeHeaders(Allowed allowed, BiConsumer<String, String> headers) {
        if (allowed.principal().isEmpty()) {
            return;
        }
        answers.writeLimits(allowed, allowed.millis(), headers);
        // Of Authorization every cache knows that it makes a response private.
        if (!allowed.keyHeader().equalsIgnoreCase("Authorization")) {
            headers.accept("Cache-Control", "private");
            headers.accept("Vary", allowed.keyHeader());
        }
        if (!exposedHeaders.isEmpty()) {
            headers.accept("Access-Control-Expose-Headers", exposedHeaders);
        }
    }

    /**
     * The whole answer to a denied request.
     *
     * <p>Whoever goes on failing over the limit is to connect anew for each attempt, unless a trusted proxy passes it on,
     * whose connections are everybody's: {@code Connection: close}, which an adapter leaves out where the protocol has no
     * such header.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc6585#section-7.2">RFC 6585, section 7.2</a>
     */
    public HttpAnswer answer(Denied denied, ApiRequest request) {
        HttpAnswer answer = answers.answer(denied, request, time.currentTimeMillis());
        return denied.cause() == DenialCause.TOO_MANY_FAILURES && !proxies.sent(request)
                ? answer.with("Connection", "close")
                : answer;
    }

    /** Issues, lists, rotates and revokes keys; what it changes holds here from the next request on. */
    public KeyManager keyManager() {
        return manager;
    }

    /** The rules in force. */
    public ScopePolicy policy() {
        return policy;
    }

    /** The declared scopes and roles. */
    public ScopeCatalog scopes() {
        return catalog;
    }

    /** The plans that keys can refer to, in the order of their names. */
    public List<Plan> plans() {
        return callers.plansByName().values().stream()
                .sorted(Comparator.comparing(Plan::name))
                .toList();
    }

    /** The plan of keys that refer to none; such keys have no limit of their own where there is none. */
    public Optional<Plan> defaultPlan() {
        return callers.defaultPlan();
    }

    /** What the clock shows that keys are held to, to the millisecond. */
    public Instant now() {
        return Instant.ofEpochMilli(time.currentTimeMillis());
    }

    /** The format of minted keys, with the prefix table. */
    public KeyFormat keyFormat() {
        return format;
    }

    /**
     * The limits that a request of a key under a rule counts against: those of its plan, or of the default one, then the rule's;
     * of each the share of the key's environment, where it has one.
     */
    public List<RateLimit> limitsOf(Rule rule, ApiKey key) {
        return callers.limitsOf(rule, key);
    }

    /** Where a credential may stand. */
    public List<CredentialSource> credentialSources() {
        return answers.sources();
    }

    /**
     * How it stands, by what it has seen so far. Asks nothing of store and limiter and waits for nothing, so that it may be asked
     * as often as one likes.
     */
    public KeystileHealth health() {
        return new KeystileHealth(verifier.health(), limiter.health());
    }

    /** Writes what is left of usage, ends the threads, and closes limiter and store. */
    @Override
    public void close() {
        try (store;
                limiter;
                verifier) {
            if (usage != null) {
                usage.close();
            }
        }
    }
}
