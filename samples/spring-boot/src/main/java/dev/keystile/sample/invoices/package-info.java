/** The smallest application there is: one dependency, ten lines of YAML, and what a method demands beside it. The README shows it. */
@NullMarked
package dev.keystile.sample.invoices;

import org.jspecify.annotations.NullMarked;
