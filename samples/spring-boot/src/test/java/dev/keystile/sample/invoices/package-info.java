@org.jspecify.annotations.NullMarked
package dev.keystile.sample.invoices;
