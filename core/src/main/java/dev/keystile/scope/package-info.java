/**
 * What a request demands: paths read in one way only, rules, and the policy that finds the rule of a request.
 */
@NullMarked
package dev.keystile.scope;

import org.jspecify.annotations.NullMarked;
