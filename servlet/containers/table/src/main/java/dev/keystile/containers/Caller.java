package dev.keystile.containers;

import java.util.List;

/** Who a request of the table speaks for, as the table itself says; the filter has to find out. */
enum Caller {
    NOBODY('-'),
    ADMIN('K'),
    ITEMS('I'),
    ALL('A');

    private final char escape;

    Caller(char escape) {
        this.escape = escape;
    }

    /** The letter that stands for the key in the files of the table. */
    char escape() {
        return escape;
    }

    List<String> scopes() {
        return switch (this) {
            case NOBODY -> List.of();
            case ADMIN -> List.of("admin:read");
            case ITEMS -> List.of("items:read");
            case ALL -> List.of("admin:read", "admin:write", "items:read", "any:use");
        };
    }

    /** The header form in which the table presents this key where the form does not matter. */
    String header() {
        return "X-Api-Key: \\" + escape;
    }
}
