package dev.keystile.sample.billing;

import dev.keystile.Keystile;
import dev.keystile.decision.ApiPrincipal;
import dev.keystile.decision.PerEnvironment;
import dev.keystile.key.KeyEnvironment;
import dev.keystile.key.KeyPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.stereotype.Service;

/**
 * Whose data a caller speaks of: the key says the account and the environment, so that an object of another is not there.
 *
 * <p>Safe for use by many threads.
 */
@Service
final class Billing {

    private final PerEnvironment<Map<String, Account>> accounts;

    Billing(Keystile keystile) {
        Map<KeyEnvironment, Map<String, Account>> each = new HashMap<>();
        Stream.concat(
                        keystile.keyFormat().prefixes().stream().map(KeyPrefix::environment),
                        keystile.keyManager().signingEnvironments().stream())
                .forEach(environment -> each.put(environment, new ConcurrentHashMap<>()));
        this.accounts = PerEnvironment.of(each);
    }

    Account of(ApiPrincipal caller) {
        return accounts.of(caller).computeIfAbsent(caller.account(), it -> new Account(caller.environment()));
    }
}
