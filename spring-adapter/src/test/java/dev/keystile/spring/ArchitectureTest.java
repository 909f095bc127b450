package dev.keystile.spring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What is public, and what only those parts may touch that are loaded where it is there. */
@AnalyzeClasses(packages = "dev.keystile.spring", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    /** Without Boot, these are all there is of it. */
    @ArchTest
    static final ArchRule FEW_KNOW_BOOT = noClasses()
            .that()
            .haveNameNotMatching(
                    ".*\\.(Boot|Bound|FilterProperties|Keystile[A-Za-z]*AutoConfiguration|KeystileEndpoint|InvalidConfigurationAnalyzer|InitializedDatabaseDetector).*")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework.boot..");

    @ArchTest
    static final ArchRule ONE_KNOWS_JDBC = noClasses()
            .that()
            .haveNameNotMatching(".*\\.DataSourceStore.*")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.keystile.jdbc..", "org.springframework.jdbc..");

    /** Loaded by Spring Security alone, which finds the first of them in {@code spring.factories}. */
    @ArchTest
    static final ArchRule FEW_KNOW_SECURITY = noClasses()
            .that()
            .haveNameNotMatching(
                    ".*\\.(KeystileHttpConfigurer|ApiKeyAuthentication|ApiKeyAuthenticationFilter|ApiKeyDenialFilter)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework.security..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching(
                    ".*\\.(KeystileHttpConfigurer|ApiKeyAuthentication|ApiKeyAuthenticationFilter|ApiKeyDenialFilter)");

    /** What users can name. A line more is a promise more: add it when that is meant. */
    @ArchTest
    static void publicTypes_areThese(JavaClasses all) {
        assertThat(all.stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(type -> type.getSimpleName()))
                .containsExactlyInAnyOrder(
                        "ApiKeyAuthentication",
                        "ApiKeyRequestPostProcessor",
                        "DecisionObservationContext",
                        "DecisionObservationConvention",
                        "EnableKeystile",
                        "KeystileAutoConfiguration",
                        "KeystileConfiguration",
                        "RequireScope");
    }
}
