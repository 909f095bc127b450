/**
 * Who uses the console of the playground: three people whom one can be, without a password. In an application of yours people
 * are logged in already; see {@link dev.keystile.playground.members.DemoMembers}.
 */
@NullMarked
package dev.keystile.playground.members;

import org.jspecify.annotations.NullMarked;
