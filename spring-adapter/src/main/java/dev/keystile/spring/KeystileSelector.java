package dev.keystile.spring;

import org.springframework.context.annotation.DeferredImportSelector;
import org.springframework.core.type.AnnotationMetadata;

/** Takes the configuration after all of the application's, so that it can step back for their beans. */
final class KeystileSelector implements DeferredImportSelector {

    @Override
    public String[] selectImports(AnnotationMetadata importing) {
        return new String[] {KeystileConfiguration.class.getName()};
    }
}
