package dev.keystile.playground.api;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.key.KeyScope;
import java.util.List;
import java.util.Optional;

/** Says what the application sees of a request. */
final class Echo {

    private Echo() {}

    static Answer answer(Optional<ApiPrincipal> caller, String method, String path) {
        return Answer.of(200, json -> {
            json.writeStartObject();
            json.writeStringField("path", path);
            json.writeStringField("method", method);
            if (caller.isPresent()) {
                ApiPrincipal who = caller.get();
                json.writeStringField("environment", who.environment().name());
                json.writeStringField("keyId", who.keyId().text());
                json.writeStringField("account", who.account());
                List<String> scopes =
                        who.scopes().stream().map(KeyScope::value).sorted().toList();
                json.writeFieldName("scopes");
                json.writeArray(scopes.toArray(String[]::new), 0, scopes.size());
            } else {
                for (String unknown : List.of("environment", "keyId", "account", "scopes")) {
                    json.writeNullField(unknown);
                }
            }
            json.writeEndObject();
        });
    }
}
