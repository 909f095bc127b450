package dev.keystile.key;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes keys of what is known of keys minted elsewhere, and tells whether they are there already.
 *
 * <p>Immutable and safe for use by many threads.
 */
final class KeyImports {

    private final KeyStore store;
    private final List<ImportFormat> formats;
    private final Map<String, ImportFormat> byName;
    private final Hashers hashers;

    KeyImports(KeyStore store, List<ImportFormat> formats, Hashers hashers) {
        this.store = store;
        this.formats = List.copyOf(formats);
        this.byName = formats.stream().collect(Collectors.toUnmodifiableMap(ImportFormat::name, Function.identity()));
        this.hashers = hashers;
    }

    List<ImportFormat> formats() {
        return formats;
    }

    /** @throws KeyRefusedException if there is none of this name */
    ImportFormat format(String name) {
        ImportFormat found = byName.get(name);
        if (found == null) {
            throw KeyRefusedException.invalid("there is no import format '" + name + "'; there are "
                    + formats.stream().map(ImportFormat::name).toList());
        }
        return found;
    }

    /**
     * The key as it would be stored.
     *
     * @param end     when it ends, if it does
     * @param unknown what of it is not declared, a sentence each
     * @throws KeyRefusedException with all that is wrong with it
     */
    ApiKey describe(ImportedKey wanted, Optional<Instant> end, List<String> unknown, Actor actor, Instant now) {
        ImportFormat format = format(wanted.format());
        List<String> problems = new ArrayList<>();
        ImportFormat.Located located = locate(format, wanted, problems);
        problems.addAll(unknown);
        Instant created = wanted.createdAt().orElse(now);
        if (created.isAfter(now)) {
            problems.add("created_at: expected a time that has come, and not " + created);
        }
        end.filter(it -> !it.isAfter(now))
                .ifPresent(it -> problems.add("expires_at: it expired at " + it + ", so leave it out"));
        if (wanted.lastFour().length() > KeySecret.LAST_FOUR) {
            problems.add("last_four: expected " + KeySecret.LAST_FOUR + " characters at most");
        } else if (!wanted.lastFour().isEmpty() && !format.showsLastFour()) {
            problems.add(
                    "last_four: expected none, for keys of format " + format + " are too short to show any of them");
        } else if (located != null) {
            try {
                ApiKey key = build(wanted, format, located, end, created, actor, now);
                if (problems.isEmpty()) {
                    return key;
                }
            } catch (IllegalArgumentException outOfBounds) {
                problems.add(String.valueOf(outOfBounds.getMessage()));
            }
        }
        throw KeyRefusedException.invalid(String.join("; ", problems));
    }

    private ImportFormat.@Nullable Located locate(ImportFormat format, ImportedKey wanted, List<String> problems) {
        try {
            ImportFormat.Located located = format.locate(wanted);
            try {
                hashers.requireValid(located.digest());
            } catch (IllegalArgumentException damaged) {
                throw new ImportedKey.Unfit("digest", String.valueOf(damaged.getMessage()));
            }
            return located;
        } catch (ImportedKey.Unfit unfit) {
            problems.add(String.valueOf(unfit.getMessage()));
            return null;
        }
    }

    private static ApiKey build(
            ImportedKey wanted,
            ImportFormat format,
            ImportFormat.Located located,
            Optional<Instant> end,
            Instant created,
            Actor actor,
            Instant now) {
        KeySecret secret = new KeySecret(
                1, located.digest(), KeySecret.NO_QUICK_CHECK, wanted.lastFour(), created, Optional.empty());
        ApiKey.Builder key = ApiKey.imported(located.id(), wanted.account(), wanted.name(), format, secret)
                .scopes(wanted.scopes())
                .roles(wanted.roles())
                .attributes(wanted.attributes())
                .addresses(wanted.addresses())
                .createdBy(actor.label());
        wanted.plan().ifPresent(key::plan);
        wanted.member().ifPresent(key::member);
        end.ifPresent(key::expiresAt);
        if (wanted.disabled()) {
            key.disabledAt(now);
        }
        return key.build();
    }

    /**
     * Whether a key is there already. What became of it here since, that it was rotated, say, or revoked, is left as it is.
     *
     * @throws KeyRefusedException with {@link KeyRefusedException.Reason#CONFLICT} if another one is there in its place
     */
    boolean isThere(ApiKey made, Actor actor) {
        Optional<ApiKey> found = store.find(made.id());
        found.filter(it -> !isSame(it, made)).ifPresent(other -> {
            throw new KeyRefusedException(
                    KeyRefusedException.Reason.CONFLICT,
                    "key " + made.id() + " is there already, " + difference(made, other, actor));
        });
        return found.isPresent();
    }

    /** Members are not told what there is in other accounts. */
    private static String difference(ApiKey made, ApiKey other, Actor actor) {
        if (!(actor instanceof Actor.Operator)) {
            return "and is another one";
        }
        return other.account().equals(made.account()) ? "with another digest" : "and belongs to another account";
    }

    /** Of a digest that was made anew since, nobody can say what it was before; then the id decides. */
    private static boolean isSame(ApiKey stored, ApiKey made) {
        if (!stored.account().equals(made.account()) || !stored.prefix().equals(made.prefix())) {
            return false;
        }
        String digest = made.newestSecret().digest();
        String algorithm = Hashers.algorithm(digest);
        return stored.secrets().stream()
                .filter(secret -> secret.number() == 1)
                .map(KeySecret::digest)
                .allMatch(it -> it.equals(digest)
                        || !Hashers.algorithm(it).equals(algorithm)
                        || ForeignHashers.of(algorithm) == null);
    }
}
