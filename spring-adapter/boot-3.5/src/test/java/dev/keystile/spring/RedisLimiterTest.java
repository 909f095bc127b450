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
                "keystile.limiter.on-failure=deny",
                "keystile.rules.v1=ANY /v1/** authenticated",
                "keystile.plans.two=2/1h per account",
                "keystile.default-plan=two"
            };
            try (Application one = Application.start(Billing.class, settings);
                    Application other = Application.start(Billing.class, settings)) {
                assertThat(admittedUntilLimited(one) + admittedUntilLimited(other))
                        .isBetween(1, 2);
            }
        } finally {
            redis.stop();
        }
    }

    /** A Redis that a busy machine keeps from answering within its 50 ms may have counted, and is asked again. */
    private static int admittedUntilLimited(Application application) throws Exception {
        int admitted = 0;
        for (int attempt = 0; attempt < 1000; attempt++) {
            int status = application
                    .get("/v1/invoices", application.key("invoices:read"))
                    .statusCode();
            switch (status) {
                case 200 -> admitted++;
                case 429 -> {
                    return admitted;
                }
                default -> {
                    assertThat(status).isEqualTo(503);
                    Thread.sleep(50);
                }
            }
        }
        throw new AssertionError("never over the limit");
    }
}
