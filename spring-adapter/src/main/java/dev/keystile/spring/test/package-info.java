/**
 * For the tests of applications: keys for MockMvc.
 */
@NullMarked
package dev.keystile.spring.test;

import org.jspecify.annotations.NullMarked;
