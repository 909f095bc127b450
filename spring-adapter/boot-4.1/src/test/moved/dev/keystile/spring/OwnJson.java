package dev.keystile.spring;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** A mapper of the application's, of Jackson 3, as Boot of this version has it. */
@Configuration(proxyBeanMethods = false)
class OwnJson {

    @Bean
    JsonMapper ownMapper() {
        return JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE)
                .build();
    }
}
