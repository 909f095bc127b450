package dev.keystile.sample.billing;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * The newest objects of a type.
 *
 * @param hasMore whether there are older ones
 */
@JsonPropertyOrder({"object", "data", "has_more"})
record Page(
        String object,
        List<BillingObject> data,
        @JsonProperty("has_more") boolean hasMore) {}
