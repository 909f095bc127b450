package dev.keystile.sample.billing;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** What is left of an object. */
@JsonPropertyOrder({"id", "object", "livemode", "deleted"})
record Deleted(String id, String object, boolean livemode, boolean deleted) {}
