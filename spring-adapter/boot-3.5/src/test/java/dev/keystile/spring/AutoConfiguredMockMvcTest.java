package dev.keystile.spring;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** The whole application, without a server. */
@SpringBootTest
@AutoConfigureMockMvc
@TestPropertySource(properties = "keystile.store.type=memory")
@ContextConfiguration(classes = MockedInvoices.Shop.class)
class AutoConfiguredMockMvcTest extends MockedInvoices {}
