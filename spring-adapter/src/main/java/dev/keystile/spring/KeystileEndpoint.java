package dev.keystile.spring;

import dev.keystile.Keystile;
import dev.keystile.limit.Plan;
import dev.keystile.scope.Rule;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The actuator's endpoint {@code keystile}: the rules in force, and what each mapping demands. No key, no secret. */
@Endpoint(id = "keystile")
final class KeystileEndpoint {

    /** Fetched when asked, for the facade waits for mappings, and those of the actuator wait for its endpoints. */
    private final ObjectProvider<Keystile> keystile;

    private final ObjectProvider<MvcRules> mvc;

    KeystileEndpoint(ObjectProvider<Keystile> keystile, ObjectProvider<MvcRules> mvc) {
        this.keystile = keystile;
        this.mvc = mvc;
    }

    /**
     * What the endpoint shows. Immutable.
     *
     * @param rules    the rules, those of the settings and those that annotations became
     * @param mappings what each mapping demands
     * @param plans    the names of the plans
     */
    record Report(List<RuleRow> rules, List<MappingRow> mappings, List<String> plans) {}

    /**
     * A rule. Immutable.
     *
     * @param name its name
     * @param rule what settings would say
     */
    record RuleRow(String name, String rule) {}

    /** Reads the report. */
    @ReadOperation
    public Report report() {
        Keystile facade = keystile.getObject();
        MvcRules rules = mvc.getIfAvailable();
        return new Report(
                facade.policy().rules().stream().map(KeystileEndpoint::row).toList(),
                rules == null ? List.of() : rules.rows(),
                facade.plans().stream().map(Plan::name).toList());
    }

    private static RuleRow row(Rule rule) {
        return new RuleRow(rule.name(), rule.toString());
    }
}
