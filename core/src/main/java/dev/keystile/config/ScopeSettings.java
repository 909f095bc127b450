package dev.keystile.config;

import dev.keystile.KeystileBuilder;
import dev.keystile.key.KeyScope;
import dev.keystile.key.ScopeCatalog;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The settings of scopes: {@code scopes}, {@code implications}, {@code roles.*}. */
record ScopeSettings(SettingValues values) {

    /** Adds all of them. */
    void addTo(KeystileBuilder builder) {
        Map<String, String> roles = values.under("roles.");
        if (!values.isSet("scopes")) {
            boolean needed = !roles.isEmpty() || values.isSet("implications");
            if (needed && !values.isUnresolved("scopes")) {
                values.problem("scopes is missing: roles and implications need the scopes declared");
            }
            return;
        }
        ScopeCatalog.Builder catalog = ScopeCatalog.builder();
        Set<KeyScope> declared = new LinkedHashSet<>();
        values.list("scopes")
                .forEach(entry -> values.attempt("scopes", () -> new KeyScope(entry))
                        .ifPresent(scope -> {
                            if (!declared.add(scope)) {
                                values.problem("scopes: '" + scope + "' is declared twice");
                            }
                            catalog.scope(scope);
                        }));
        roles.keySet().forEach(name -> values.requireName("roles", name));
        roles.forEach((role, value) -> values.attempt("roles." + role, () -> {
            Set<KeyScope> members = new LinkedHashSet<>();
            values.list("roles." + role).forEach(entry -> members.add(declaredScope(entry, declared)));
            return catalog.role(role, members);
        }));
        values.list("implications")
                .forEach(entry -> values.attempt("implications", () -> implication(entry, declared, catalog)));
        values.attempt("scopes", catalog::build).ifPresent(builder::scopes);
    }

    private static KeyScope declaredScope(String text, Set<KeyScope> declared) {
        KeyScope scope = new KeyScope(text);
        if (!declared.contains(scope)) {
            throw new IllegalArgumentException("'" + scope + "' is not declared in scopes");
        }
        return scope;
    }

    private static ScopeCatalog.Builder implication(
            String entry, Set<KeyScope> declared, ScopeCatalog.Builder catalog) {
        int arrow = entry.indexOf('>');
        if (arrow < 1) {
            throw new IllegalArgumentException(
                    "'" + entry + "': expected <scope> > <scope>, such as *:read_write > *:read");
        }
        String stronger = entry.substring(0, arrow).strip();
        String weaker = entry.substring(arrow + 1).strip();
        if (stronger.startsWith("*") != weaker.startsWith("*")) {
            throw new IllegalArgumentException("'" + entry + "': expected '*' at the beginning of both, or of neither");
        }
        if (!stronger.startsWith("*")) {
            return catalog.implies(declaredScope(stronger, declared), declaredScope(weaker, declared));
        }
        String ending = stronger.substring(1);
        int pairs = 0;
        for (KeyScope scope : declared) {
            String value = scope.value();
            if (value.endsWith(ending)) {
                String other = value.substring(0, value.length() - ending.length()) + weaker.substring(1);
                catalog.implies(scope, declaredScope(other, declared));
                pairs++;
            }
        }
        if (pairs == 0) {
            throw new IllegalArgumentException("'" + entry + "': no declared scope ends in '" + ending + "'");
        }
        return catalog;
    }
}
