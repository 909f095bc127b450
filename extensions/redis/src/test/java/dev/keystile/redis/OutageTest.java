package dev.keystile.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keystile.limit.LimiterHealth;
import dev.keystile.testkit.ManualTime;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;
import org.slf4j.event.SubstituteLoggingEvent;
import org.slf4j.helpers.SubstituteLogger;

/** What is told of a Redis that is away, by health and by the log, as its nodes fail and answer. */
final class OutageTest {

    private static final LimiterHealth WORKING = LimiterHealth.overNodes();

    private final ManualTime time = new ManualTime();
    private final Queue<SubstituteLoggingEvent> logged = new ArrayDeque<>();
    private Set<String> nodes = Set.of("one", "two");
    private final Outage outage = new Outage(time, () -> nodes, new SubstituteLogger("test", logged, false));

    private void pass(int millis) {
        time.advance(Duration.ofMillis(millis));
    }

    private void failOnce(String node) {
        outage.failed(outage.breakerOf(node), "no answer");
    }

    /** So often that its breaker opens; the moment in which it does. */
    private Instant fail(String node) {
        for (int i = 0; i < 5; i++) {
            pass(50);
            failOnce(node);
        }
        return time.now();
    }

    private void answer(String node) {
        outage.succeeded(outage.breakerOf(node), time.nanoTime());
    }

    /** As a request of a limit that denies has it. */
    private void refuse(String node) {
        if (outage.wouldBeRefusing(outage.breakerOf(node))) {
            outage.refuses();
        }
    }

    private static LimiterHealth fallenBack(Instant since) {
        return new LimiterHealth(true, LimiterHealth.State.FALLEN_BACK, Optional.of(since));
    }

    private List<Level> told() {
        return logged.stream().map(SubstituteLoggingEvent::getLevel).toList();
    }

    @Test
    void nodeThatIsReplaced_endsTheOutageWithIt_andTheNextBeginsAnew() {
        Instant since = fail("one");
        assertThat(outage.health()).isEqualTo(fallenBack(since));
        refuse("one");
        nodes = Set.of("two", "three");
        pass(1000);
        answer("three");
        assertThat(outage.health()).isEqualTo(WORKING);
        assertThat(told()).containsExactly(Level.WARN, Level.INFO);

        time.advance(Duration.ofDays(20));
        failOnce("two");
        assertThat(outage.health()).as("after one lone failure").isEqualTo(WORKING);
        answer("two");
        assertThat(outage.health()).isEqualTo(WORKING);
        assertThat(fail("two")).isAfter(since);
        assertThat(outage.health()).isEqualTo(fallenBack(time.now()));
    }

    @Test
    void nodeOfTwo_thatAnswersAgain_endsNothing() {
        Instant since = fail("one");
        fail("two");
        pass(1000);
        answer("one");
        assertThat(outage.health()).isEqualTo(fallenBack(since));
        assertThat(told()).containsExactly(Level.WARN);
        answer("two");
        assertThat(outage.health()).isEqualTo(WORKING);
        assertThat(told()).containsExactly(Level.WARN, Level.INFO);
    }

    @Test
    void loneFailureOfALimitThatDenies_isNoOutage_andIsForgotten() {
        failOnce("one");
        refuse("one");
        answer("one");
        Instant since = fail("one");
        assertThat(outage.health()).isEqualTo(fallenBack(since));
        failOnce("two");
        refuse("two");
        assertThat(outage.health()).as("the node that failed once").isEqualTo(fallenBack(since));
        refuse("one");
        assertThat(outage.health().state()).isEqualTo(LimiterHealth.State.REFUSING);
        answer("one");
        since = fail("one");
        assertThat(outage.health()).isEqualTo(fallenBack(since));
    }

    /** A breaker that nobody asks for any more can fail for whoever still has it. */
    @Test
    void failureOfANodeThatIsGone_isOverWithTheNextAnswer() {
        Breaker held = outage.breakerOf("one");
        fail("one");
        nodes = Set.of("two");
        pass(1000);
        answer("two");
        outage.failed(held, "late");
        pass(1000);
        answer("two");
        assertThat(outage.health()).isEqualTo(WORKING);
    }

    @Test
    void secondOutageWithinTenSeconds_isLoggedWhenTheyAreOver_andOnce() {
        fail("one");
        pass(3000);
        answer("one");
        pass(2000);
        fail("one");
        assertThat(told()).as("in ten seconds").containsExactly(Level.WARN, Level.INFO);
        for (int second = 0; second < 30; second++) {
            pass(1000);
            failOnce("one");
        }
        assertThat(told()).containsExactly(Level.WARN, Level.INFO, Level.WARN);
        answer("one");
        assertThat(told()).containsExactly(Level.WARN, Level.INFO, Level.WARN, Level.INFO);
    }

    @Test
    void outageAtTheStart_isKnownAtOnce_andLoggedOnce() {
        Instant since = time.now();
        outage.beginsAway("refused");
        assertThat(outage.health()).isEqualTo(fallenBack(since));
        fail("one");
        assertThat(outage.health()).isEqualTo(fallenBack(since));
        answer("one");
        assertThat(outage.health()).isEqualTo(WORKING);
        assertThat(told()).containsExactly(Level.WARN, Level.INFO);
    }

    @Test
    void nodesOfACluster_areThoseThatHoldSlots() {
        int half = SlotHash.SLOT_COUNT / 2;
        Partitions cluster = new Partitions();
        cluster.add(node("one", 0, half));
        cluster.add(node("replica", 0, 0));
        cluster.updateCache();
        assertThat(RedisLink.nodesOf(cluster)).containsExactlyInAnyOrder("one", "");
        cluster.add(node("two", half, SlotHash.SLOT_COUNT));
        cluster.updateCache();
        assertThat(RedisLink.nodesOf(cluster)).containsExactlyInAnyOrder("one", "two");
    }

    private static RedisClusterNode node(String id, int from, int to) {
        RedisClusterNode node = RedisClusterNode.of(id);
        node.setSlots(IntStream.range(from, to).boxed().toList());
        return node;
    }
}
