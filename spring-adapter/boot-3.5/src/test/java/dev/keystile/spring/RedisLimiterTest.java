package dev.keystile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

/** Limits counted in Redis, through the client in the version that Boot brings. */
class RedisLimiterTest {

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void limit_holdsOverApplications() throws Exception {
        RedisServer redis = new RedisServer(freePort());
        redis.start();
        try {
            String[] settings = {
                "keystile.limiter.type=redis",
                "keystile.redis.url=redis://localhost:" + redis.ports().get(0),
                "keystile.rules.v1=ANY /v1/** authenticated",
                "keystile.plans.two=2/1h per account",
                "keystile.default-plan=two"
            };
            try (Application one = Application.start(Billing.class, settings);
                    Application other = Application.start(Billing.class, settings)) {
                assertThat(one.get("/v1/invoices", one.key("invoices:read")).statusCode())
                        .isEqualTo(200);
                assertThat(other.get("/v1/invoices", other.key("invoices:read")).statusCode())
                        .isEqualTo(200);
                assertThat(one.get("/v1/invoices", one.key("invoices:read")).statusCode())
                        .isEqualTo(429);
                assertThat(other.get("/v1/invoices", other.key("invoices:read")).statusCode())
                        .isEqualTo(429);
            }
        } finally {
            redis.stop();
        }
    }
}
