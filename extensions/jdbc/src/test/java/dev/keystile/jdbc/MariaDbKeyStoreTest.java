package dev.keystile.jdbc;

final class MariaDbKeyStoreTest extends ServerKeyStoreContract {

    MariaDbKeyStoreTest() {
        super(DatabaseKind.MARIADB);
    }
}
