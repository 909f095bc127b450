package dev.keystile.spring;

import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** Controllers alone: keys are in memory, and the database of the settings is not asked for. */
@WebMvcTest
@TestPropertySource(properties = "keystile.store.url=jdbc:h2:tcp://127.0.0.1:1/none")
@ContextConfiguration(classes = MockedInvoices.Shop.class)
class WebMvcSliceTest extends MockedInvoices {}
