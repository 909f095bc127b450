package dev.keystile.jdbc;

final class PostgresKeyStoreTest extends ServerKeyStoreContract {

    PostgresKeyStoreTest() {
        super(DatabaseKind.POSTGRESQL);
    }
}
