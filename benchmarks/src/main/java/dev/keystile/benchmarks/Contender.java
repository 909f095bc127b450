package dev.keystile.benchmarks;

import dev.keystile.Keystile;
import dev.keystile.decision.Allowed;
import dev.keystile.decision.Decision;
import dev.keystile.servlet.KeystileFilter;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import java.util.Locale;

/** One of those that are compared: it guards the rules and keys of a {@link Workload}. Safe for use by many threads. */
@FunctionalInterface
interface Contender {

    /** Serves the exchange's request: the answer is in its response, and its application was called or was not. */
    void serve(Exchange exchange) throws Exception;

    /** Those there are. */
    enum Kind {
        /** The filter below, against which the others are measured. */
        MINIMAL {
            @Override
            Contender open(Workload workload) {
                return of(new MinimalFilter(workload));
            }
        },
        /** Keystile's filter. */
        KEYSTILE {
            @Override
            Contender open(Workload workload) throws ServletException {
                KeystileFilter filter = new KeystileFilter(workload.keystile());
                filter.init(new StubFilterConfig());
                return of(filter);
            }
        },
        /** Keystile's decision alone, without servlets and headers. */
        DECISION {
            @Override
            Contender open(Workload workload) {
                Keystile keystile = workload.keystile();
                return exchange -> {
                    Decision decision = keystile.decide(exchange.request().call());
                    exchange.keep(decision, decision);
                    exchange.response().setStatus(status(decision));
                };
            }
        },
        /** A Spring Security chain as its reference documentation would have it. */
        SPRING_SECURITY {
            @Override
            Contender open(Workload workload) {
                return of(SpringSecurityRecipe.open(workload));
            }
        };

        abstract Contender open(Workload workload) throws ServletException;

        /** What the command line calls it. */
        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Contender of(Filter filter) {
            return exchange -> filter.doFilter(exchange.request(), exchange.response(), exchange);
        }

        private static int status(Decision decision) {
            if (decision instanceof Allowed) {
                return 200;
            }
            return switch (decision.outcome()) {
                case UNAUTHORIZED -> 401;
                case FORBIDDEN -> 403;
                case RATE_LIMITED -> 429;
                default -> 500;
            };
        }
    }
}
