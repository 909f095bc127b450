package dev.keystile.config;

import dev.keystile.decision.DenialCause;
import dev.keystile.http.ErrorTexts;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The settings of core; extensions add theirs. */
final class SettingCatalog {

    /** Those whose texts may differ from their outcome's. */
    private static final String DISTINCT_CAUSES = Arrays.stream(DenialCause.values())
            .map(DenialCause::word)
            .filter(word -> ErrorTexts.distinctCause(word).isPresent())
            .map(word -> "`" + word + "`")
            .collect(Collectors.joining(", "));

    static final List<Setting> SETTINGS = List.of(
            Setting.of(
                    "key.prefixes",
                    "list of `<prefix> <kind> <environment> [version=<n>] [retired]`",
                    "",
                    "What keys begin with, and what that says of them. `kind` is `secret` or `publishable`. The longest"
                            + " match wins; a `retired` prefix is accepted and no longer minted.",
                    "acme_live_ secret live, acme_test_ secret test, acme_old_ secret live retired"),
            Setting.of(
                    "key.hash",
                    "`argon2id` or `hmac-sha256`",
                    "argon2id",
                    "How secrets are stored. One that is stored otherwise goes on working, and is stored anew when it is used.",
                    "argon2id"),
            Setting.of(
                    "key.argon2-cost",
                    "`m=<KiB>,t=<iterations>,p=<lanes>`",
                    "m=1024,t=1,p=1",
                    "What hashing a secret costs. Minted secrets are 160 random bits, which no cost makes harder to guess. A"
                            + " secret of another cost, higher or lower, is stored anew when it is used.",
                    "m=19456,t=2,p=1"),
            Setting.of(
                    "key.imported-argon2-cost",
                    "`m=<KiB>,t=<iterations>,p=<lanes>`",
                    "m=19456,t=2,p=1",
                    "What hashing an imported secret costs, with `key.hash = argon2id`. Nobody here knows how it was made, so"
                            + " unless set it is what OWASP asks for passwords.",
                    "m=19456,t=2,p=1"),
            Setting.secret(
                    "key.pepper",
                    "text, at least 32 bytes of UTF-8",
                    "The key of `hmac-sha256`, kept outside the store. Needed where `key.hash` or a stored secret is"
                            + " `hmac-sha256`. With another one the application does not start.",
                    "${KEYSTILE_PEPPER}"),
            Setting.of(
                    "key.issuers",
                    "list of roles",
                    "developer, admin",
                    "The roles of which a member needs one to issue, rotate, disable, enable or revoke keys.",
                    "admin"),
            Setting.of(
                    "key.max-age",
                    "list of `<environment> <duration>`",
                    "",
                    "How long new keys may last. One that would end later is refused. Durations are a whole number of `ms`, `s`,"
                            + " `m`, `h`, `d` or `w`. Keys that are there already stay as they are.",
                    "live 365d, test 30d"),
            Setting.of(
                    "key.default-age",
                    "list of `<environment> <duration>`",
                    "that of `key.max-age`",
                    "How long new keys last where nobody says when they end.",
                    "live 90d"),
            Setting.of(
                    "key.expiry-notice",
                    "duration, `1d` to `366d`",
                    "`14d` where an `ExpiryListener` is set in code, else nothing is announced",
                    "How long before its expiry a key is announced, once: in the log, and to listeners. The processes over one"
                            + " store share the announcements, of keys of all environments.",
                    "14d"),
            Setting.of(
                    "key.cache-size",
                    "whole number",
                    "1000000",
                    "How many keys are held in memory at most. A key that was dropped costs one read and one proof again.",
                    "100000"),
            Setting.of(
                    "import.*",
                    "`<prefix> <kind> <environment> [public=<alphabet>:<length> separator=<character>]"
                            + " secret=<alphabet>:<length> digest=<digest> [of=text|secret] [salt=before|after]"
                            + " [version=<n>]`",
                    "",
                    "The format of keys that were minted elsewhere and [imported](import.md) by their digests. `prefix` is `none`"
                            + " where they have none; `alphabet` is `digits`, `hex`, `letters`, `base58`, `base62`, `base64`,"
                            + " `base64url` or `unreserved`; `length` a number or a range such as `40-80`; `digest` is `sha256`,"
                            + " `sha512`, `django`, `bcrypt` or `argon2id`.",
                    "mycompany_ secret live public=base58:8 separator=_ secret=base58:24 digest=sha256"),
            Setting.of(
                    "credentials",
                    "list of `bearer`, `basic`, `authorization` (no scheme), `scheme <name>` or `header <name>`",
                    "bearer",
                    "Where a key may stand in a request; `scheme Api-Key` is `Authorization: Api-Key <key>`. More than one key in a request is refused. Query strings are"
                            + " never read.",
                    "header x-api-key, bearer"),
            Setting.of(
                    "realm",
                    "printable ASCII",
                    "api",
                    "What `WWW-Authenticate` calls the protected space.",
                    "acme-api"),
            Setting.of(
                    "environments",
                    "list of environments",
                    "those of `key.prefixes`, `import.*` and `signing.environments`",
                    "The environments served here; keys of others answer 401.",
                    "live"),
            Setting.of(
                    "store.type",
                    "`memory`, or that of an extension such as `jdbc`",
                    "",
                    "Where keys are kept. `memory` forgets them at the end of the process.",
                    "jdbc"),
            Setting.of(
                    "hints.type",
                    "`none`, or that of an extension such as `redis`",
                    "none",
                    "How nodes tell each other that a key was changed, so that they need not wait for the next reading of the"
                            + " change log: for stores that do not do it themselves, as `jdbc` does on PostgreSQL.",
                    "redis"),
            Setting.of(
                    "scopes",
                    "list of scopes",
                    "those the rules name",
                    "What keys can be allowed to do. When set, a rule or role that names another scope stops the start.",
                    "customers:read, customers:write"),
            Setting.of(
                    "implications",
                    "list of `<scope> > <scope>`",
                    "",
                    "Which scopes imply others. `*` at the beginning of both stands for the same text: `*:write > *:read`.",
                    "customers:write > customers:read"),
            Setting.of(
                    "roles.*",
                    "list of scopes",
                    "",
                    "A named set of scopes that keys refer to; a changed role reaches its keys with the next start.",
                    "customers:read"),
            Setting.of(
                    "plans.*",
                    "list of `[<name>] <count>/<window> [over <window>] [burst <count>]"
                            + " [per key|account|address|attribute <name>] [share <environment> <percent>%]`",
                    "",
                    "The limits of a plan, all of which apply. Windows are a whole number of `ms`, `s`, `m`, `h`, `d` or `w`."
                            + " Several limits need a name each. `50/1s over 1h` is 180,000 in an hour; with `share sandbox"
                            + " 10%` keys of the sandbox have a tenth of count and burst.",
                    "minute 600/1m burst 50, day 100000/1d per account"),
            Setting.of(
                    "default-plan",
                    "name of a plan",
                    "",
                    "The plan of keys that refer to none. Without it, such keys have no limit. It also counts for keys whose plan"
                            + " is no longer set, with a warning in the log; without it, those answer 503.",
                    "starter"),
            Setting.of(
                    "limits.*",
                    "as in `plans.*`, one and without a name",
                    "",
                    "A limit that rules name with `limit=`, counted besides the plan's for all rules that name it.",
                    "5/1m"),
            Setting.of(
                    "limiter.type",
                    "`memory`, or that of an extension such as `redis`",
                    "memory",
                    "What counts requests. With `memory` each node counts by itself.",
                    "redis"),
            Setting.of(
                    "limiter.partitions",
                    "whole number",
                    "1000000",
                    "How many counts this process keeps at most; of addresses, half as many. A limiter that several nodes share keeps them"
                            + " while it cannot be asked.",
                    "100000"),
            Setting.of(
                    "failures.limit",
                    "`<count>/<window> [burst <count>]`, or `none`",
                    "100/1m",
                    "How much authentication may fail from one address, of IPv6 from one /64. Over it, keys that have not"
                            + " proved themselves to this process are refused with 429; those that have go on working.",
                    "20/1m"),
            Setting.of(
                    "failures.addresses",
                    "whole number",
                    "100000",
                    "How many counts of failures there are. Each address has one of them; when many fail at the same time,"
                            + " some share one.",
                    "20000"),
            Setting.of(
                    "proxies.trusted",
                    "list of IP addresses and ranges",
                    "",
                    "The proxies whose word is taken for where a request comes from: the last address in their header that"
                            + " is none of theirs. Without it, a request comes from whom it was received from.",
                    "10.0.0.0/8, fd00::/8"),
            Setting.of(
                    "proxies.header",
                    "`x-forwarded-for` or `forwarded`",
                    "x-forwarded-for",
                    "The header that these proxies append to. The other one is not read, for a client could write it.",
                    "forwarded"),
            Setting.of(
                    "usage.interval",
                    "`<number>` and `ms`, `s`, `m` or `h`, from `100ms` to `1h`; or `none`",
                    "10s",
                    "How often the counts of requests by key, and when each key was last used, are written to the store."
                            + " With `none` neither is recorded.",
                    "30s"),
            Setting.of(
                    "usage.retention",
                    "`<number>` and `h` or `d`, from `1d` to `36500d`",
                    "90d",
                    "How long the counts of an hour are kept. When a key was last used is kept as long as the key.",
                    "365d"),
            Setting.of(
                    "cors.origins",
                    "list of `<scheme>://<host>[:<port>]`, or `*`",
                    "",
                    "The origins whose scripts may call from a browser: their preflights pass to the application where a"
                            + " rule speaks of the request they ask for, and they can read denials and limit headers.",
                    "https://app.example.com"),
            Setting.of(
                    "headers.format",
                    "list of `x-ratelimit`, `ietf`, `custom`, or `none`",
                    "x-ratelimit",
                    "How limits are told in responses.",
                    "x-ratelimit, ietf, custom"),
            Setting.of(
                    "headers.custom.*",
                    "text with `{limit}`, `{remaining}`, `{used}`, `{reset}`, `{reset_after}`, `{policy}`",
                    "",
                    "With `headers.format = custom`, the value of the header of this name.",
                    "{remaining}"),
            Setting.of(
                    "headers.retry-after",
                    "`seconds` or `unix-ms`",
                    "seconds",
                    "What `Retry-After` tells: how many seconds to wait, as RFC 9110 has it, or the moment at which the wait is"
                            + " over, in milliseconds since the UNIX epoch, for clients that expect that.",
                    "seconds"),
            Setting.of(
                    "errors.format",
                    "`problem` or `template`",
                    "problem",
                    "The bodies of denials: those of RFC 9457 (`application/problem+json`), or JSON of your own shape, that of"
                            + " `errors.*.body`.",
                    "template"),
            Setting.of(
                    "errors.*.type",
                    "text",
                    "`about:blank`; for `rate-limited` `https://iana.org/assignments/http-problem-types#quota-exceeded`",
                    "What a denial says as its type: `type` of a problem, `{type}` of a template. `*` is an outcome"
                            + " (`invalid-request` answers 400, `unauthorized` 401, `forbidden` 403, `rate-limited` 429,"
                            + " `unavailable` 503), or one [cause](order-of-checks.md) of the first or the third: "
                            + DISTINCT_CAUSES + ". What is not set for a cause is that of its outcome.",
                    "authorization_error"),
            Setting.of(
                    "errors.*.code",
                    "text",
                    "`invalid_request` for `invalid-request`, `invalid_api_key` for `unauthorized`,"
                            + " `insufficient_permissions` for `forbidden`, `rate_limit_exceeded` for `rate-limited`,"
                            + " `unavailable` for `unavailable`",
                    "What a denial says to programs: `code` of a problem, `{code}` of a template. Where a template has"
                            + " `{code:number}`, it has to be a whole number of 18 digits at most. `*` is an outcome or a cause,"
                            + " as in `errors.*.type`.",
                    "insufficient_permissions"),
            Setting.of(
                    "errors.*.message",
                    "text",
                    "a sentence in English",
                    "What a denial says to people: `detail` of a problem, `{message}` of a template. `*` is an outcome or a"
                            + " cause, as in `errors.*.type`.",
                    "Forbidden"),
            Setting.of(
                    "errors.*.body",
                    "JSON object whose strings may hold `{type}`, `{code}`, `{code:number}`, `{message}`, `{status}`,"
                            + " `{request_id}`, `{retry_after}`, `{retry_after_ms}`; or empty",
                    "that of `default`",
                    "With `errors.format = template`, the body of denials. `*` is `default`, which has to be set, or an outcome"
                            + " or a cause, as in `errors.*.type`, for a body of its own; an empty one is no body. `{status}` is"
                            + " that of the response, `{request_id}` names this denial in the log, `{retry_after}` and"
                            + " `{retry_after_ms}` are how long to wait, in whole seconds and milliseconds. A string that is one"
                            + " placeholder and nothing else becomes what that is: a number, or null where there is nothing to"
                            + " wait for.",
                    "{\"error\":{\"code\":\"{code}\",\"message\":\"{message}\"}}"),
            Setting.of(
                    "rules.*",
                    "`<methods> <path> <demand> [option=value …]`",
                    "",
                    "What requests demand, one line for each; what no rule speaks of is refused. `*` is the rule's name in logs"
                            + " and metrics. Methods are `ANY` or some with `,` between them; `HEAD` goes with `GET`. A path is the"
                            + " application's own, of words, `*` or `{variable}` for one segment, and `**` at its end for any number"
                            + " of them; of the paths that fit, the narrowest counts. A demand is `public` (no key is looked for),"
                            + " `authenticated` (any good key), `internal` (no request, but dispatches inside the application),"
                            + " `decoded` (nothing gets in: what an encoded slash would lead to), `a:read,b:write` (all of these"
                            + " scopes) or `a:read|b:read` (one of them). Options are `kind=secret` or `kind=publishable`,"
                            + " `version=<n>`, `cost=<n>`, `limit=<name>` of `limits.*`, `bind=<variable>:<attribute>` (the path"
                            + " names the key's own), `slash=<variable>`, `query=<parameter>:<value>:<scope>` and `content=<type>`."
                            + " [Rules](rules.md) tells of each.",
                    "GET /v2/customers/** customers:read"));

    private SettingCatalog() {}
}
