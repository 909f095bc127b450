package dev.keystile.console;

import dev.keystile.key.KeyStore;

final class ConsoleApiInMemoryTest extends ConsoleApiContract {

    @Override
    KeyStore openEmptyStore() {
        return KeyStore.inMemory();
    }
}
