package dev.keystile.spring;

import java.util.Optional;
import org.springframework.boot.origin.Origin;

/**
 * A setting as Spring Boot has it.
 *
 * <p>Immutable.
 *
 * @param name   the name that docs/settings.md lists, without {@code keystile.} before it
 * @param value  the value, of a list its entries separated by commas
 * @param origin the file and line it stands in, where that is known
 * @param twice  whether it stands in one place by two names that are the same to Spring
 */
record BoundSetting(String name, String value, Optional<Origin> origin, boolean twice) {}
