package dev.keystile;

import dev.keystile.decision.ApiPrincipal;
import dev.keystile.limit.Charge;
import java.util.List;

/**
 * What is worked out once for each key as it is read.
 *
 * @param principal who the application will see
 * @param charges   what a request of cost 1 takes from the plan's limits
 * @param problem   why the key cannot be counted; empty if it can
 */
record Caller(ApiPrincipal principal, List<Charge> charges, String problem) {}
