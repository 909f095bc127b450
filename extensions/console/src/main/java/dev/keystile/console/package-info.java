/**
 * The console, in which the members of an account manage its keys. {@link dev.keystile.console.ConsoleServlet} is what an
 * application mounts, and {@link dev.keystile.console.ConsoleMembers} what it answers for it.
 */
@NullMarked
package dev.keystile.console;

import org.jspecify.annotations.NullMarked;
