package dev.keystile.sample.billing;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** What the application itself answers where something is wrong; what the filter refuses has the body of the contract. */
record Problem(Details error) {

    @JsonPropertyOrder({"type", "message"})
    record Details(String type, String message) {}

    static Problem of(int status, String message) {
        return new Problem(new Details(status < 500 ? "invalid_request_error" : "server_error", message));
    }
}
