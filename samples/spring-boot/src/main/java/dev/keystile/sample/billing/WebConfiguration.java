package dev.keystile.sample.billing;

import dev.keystile.Keystile;
import dev.keystile.console.ConsoleServlet;
import dev.keystile.playground.members.DemoMembers;
import dev.keystile.playground.members.LoginServlet;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The console beside the API, which speaks JSON and nothing else. */
@Configuration(proxyBeanMethods = false)
final class WebConfiguration implements WebMvcConfigurer {

    @Override
    public void configureContentNegotiation(ContentNegotiationConfigurer content) {
        content.ignoreAcceptHeader(true).defaultContentType(MediaType.APPLICATION_JSON);
    }

    @Override
    public void addFormatters(FormatterRegistry formatters) {
        formatters.addConverter(String.class, BillingType.class, BillingType::ofCollection);
    }

    /** Where people manage the keys. A public rule lets them come; who is logged in says what they may. */
    @Bean
    ServletRegistrationBean<ConsoleServlet> console(Keystile keystile) {
        return new ServletRegistrationBean<>(
                new ConsoleServlet(keystile, new DemoMembers()), DemoMembers.CONSOLE + "/*");
    }

    /** A demo of what your application has: somebody is logged in. */
    @Bean
    ServletRegistrationBean<LoginServlet> login() {
        return new ServletRegistrationBean<>(new LoginServlet(), DemoMembers.LOGIN);
    }
}
