package dev.keystile.spring;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A mapper of the application's, of Jackson 2, as Boot of this version has it. */
@Configuration(proxyBeanMethods = false)
class OwnJson {

    @Bean
    ObjectMapper ownMapper() {
        return new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE);
    }
}
