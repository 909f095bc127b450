package dev.keystile;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.keystile.key.CredentialFormat;
import dev.keystile.key.PresentedKey;
import org.jspecify.annotations.NullMarked;

/** The directions of packages, what is public, and what few may touch. */
@AnalyzeClasses(packages = "dev.keystile", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    @ArchTest
    static final ArchRule PACKAGES_DEPEND_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("key")
            .definedBy("dev.keystile.key")
            .layer("scope")
            .definedBy("dev.keystile.scope")
            .layer("limit")
            .definedBy("dev.keystile.limit")
            .layer("decision")
            .definedBy("dev.keystile.decision")
            .layer("http")
            .definedBy("dev.keystile.http")
            .layer("facade")
            .definedBy("dev.keystile")
            .layer("config")
            .definedBy("dev.keystile.config")
            .whereLayer("key")
            .mayNotAccessAnyLayer()
            .whereLayer("scope")
            .mayOnlyAccessLayers("key")
            .whereLayer("limit")
            .mayOnlyAccessLayers("key")
            .whereLayer("decision")
            .mayOnlyAccessLayers("key", "scope", "limit")
            .whereLayer("http")
            .mayOnlyAccessLayers("key", "scope", "limit", "decision")
            .whereLayer("facade")
            .mayOnlyAccessLayers("key", "scope", "limit", "decision", "http")
            .whereLayer("config")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("dev.keystile.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule CORE_KNOWS_NO_WEB_FRAMEWORK = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "javax.servlet..", "org.springframework..");

    @ArchTest
    static final ArchRule ONE_CLASS_KNOWS_ARGON2 = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.keystile.key.Argon2idHasher")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("de.mkammerer..");

    @ArchTest
    static final ArchRule ONE_CLASS_KNOWS_BCRYPT = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.keystile.key.BcryptHasher")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("at.favre..");

    @ArchTest
    static final ArchRule LIMITS_ALONE_KNOW_BUCKET4J = noClasses()
            .that()
            .resideOutsideOfPackage("dev.keystile.limit")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.github.bucket4j..");

    /** The door to a text: whoever opens it proves the text, and nothing else. */
    @ArchTest
    static final ArchRule FORMATS_ALONE_REVEAL_A_TEXT = noClasses()
            .that()
            .areNotAssignableTo(CredentialFormat.class)
            .should()
            .accessTargetWhere(DescribedPredicate.describe(
                    "PresentedKey.revealText is called",
                    (JavaAccess<?> access) -> access.getTargetOwner().isEquivalentTo(PresentedKey.class)
                            && access.getTarget().getName().equals("revealText")));

    @ArchTest
    static final ArchRule PUBLIC_CLASSES_ARE_NOT_OPEN_FOR_EXTENSION =
            classes().that().arePublic().and().areNotInterfaces().should().haveModifier(JavaModifier.FINAL);

    @ArchTest
    static void everyPackage_isNullMarked(JavaClasses all) {
        assertThat(all.stream().map(JavaClass::getPackage).distinct().toList())
                .hasSize(7)
                .allSatisfy(each -> assertThat(each.isAnnotatedWith(NullMarked.class))
                        .as(each.getName())
                        .isTrue());
    }

    /** What users can name. A line more is a promise more: add it when that is meant. */
    @ArchTest
    static void publicTypes_areThese(JavaClasses all) {
        assertThat(all.stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(type -> type.getName().substring("dev.keystile.".length())))
                .containsExactlyInAnyOrder(PUBLIC_TYPES);
    }

    private static final String[] PUBLIC_TYPES = {
        "InvalidConfigurationException",
        "KeyAdministration",
        "Keystile",
        "KeystileBuilder",
        "KeystileHealth",
        "config.ChangeHintsProvider",
        "config.CredentialFormatProvider",
        "config.KeyStoreProvider",
        "config.RateLimiterProvider",
        "config.Setting",
        "config.Settings",
        "decision.Allowed",
        "decision.ApiPrincipal",
        "decision.Decision",
        "decision.DecisionEvent",
        "decision.DecisionListener",
        "decision.DenialCause",
        "decision.Denied",
        "decision.Outcome",
        "decision.PerEnvironment",
        "http.AnswerFormat",
        "http.ApiRequest",
        "http.CorsOrigins",
        "http.Credential",
        "http.CredentialSource",
        "http.ErrorBody",
        "http.ErrorFormat",
        "http.ErrorText",
        "http.ErrorTexts",
        "http.HeaderFormat",
        "http.HttpAnswer",
        "http.RetryAfter",
        "http.TrustedProxies",
        "key.AccountChange",
        "key.Actor",
        "key.AddressRange",
        "key.AuditEntry",
        "key.AuditPage",
        "key.AuditQuery",
        "key.ImportDigest",
        "key.ImportFormat",
        "key.ImportResult",
        "key.ImportedKey",
        "key.KeyAlphabet",
        "key.KeyStatus",
        "key.Overlap",
        "key.Spans",
        "key.UsageCount",
        "key.UsageStore",
        "key.ApiKey",
        "key.ChangeHints",
        "key.HintListeners",
        "key.Argon2Cost",
        "key.CredentialFormat",
        "key.ExpiryListener",
        "key.Grants",
        "key.IpAddresses",
        "key.IssuedKey",
        "key.KeyAction",
        "key.KeyChange",
        "key.KeyChanges",
        "key.KeyEnvironment",
        "key.KeyFormat",
        "key.KeyHasher",
        "key.KeyHealth",
        "key.KeyId",
        "key.KeyInspector",
        "key.KeyKind",
        "key.KeyManager",
        "key.KeyPage",
        "key.KeyPrefix",
        "key.KeyQuery",
        "key.KeyRefusedException",
        "key.KeyRevocation",
        "key.KeyScope",
        "key.KeySecret",
        "key.KeyStore",
        "key.KeyVerifier",
        "key.NewKey",
        "key.PresentedKey",
        "key.Proof",
        "key.ScopeCatalog",
        "key.TimeSource",
        "key.UnavailableException",
        "key.Verification",
        "limit.Charge",
        "limit.FailureLimiter",
        "limit.LimitStatus",
        "limit.LimiterHealth",
        "limit.Partition",
        "limit.PartitionKind",
        "limit.Plan",
        "limit.RateLimit",
        "limit.RateLimitResult",
        "limit.RateLimiter",
        "limit.Refill",
        "scope.Demand",
        "scope.PathPattern",
        "scope.PathReading",
        "scope.Rule",
        "scope.RuleMatch",
        "scope.ScopePolicy",
    };
}
