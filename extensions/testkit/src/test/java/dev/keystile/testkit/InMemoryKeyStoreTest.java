package dev.keystile.testkit;

import dev.keystile.key.KeyStore;

final class InMemoryKeyStoreTest extends KeyStoreContract {

    @Override
    protected KeyStore openEmptyStore() {
        return KeyStore.inMemory();
    }
}
