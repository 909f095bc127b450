package dev.keystile.spring;

import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** Controllers alone, where MockMvc is made after everything else. */
@WebMvcTest
@TestPropertySource(properties = "spring.main.lazy-initialization=true")
@ContextConfiguration(classes = MockedInvoices.Shop.class)
class LazyWebMvcSliceTest extends MockedInvoices {}
