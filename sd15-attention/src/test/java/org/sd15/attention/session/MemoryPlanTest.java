package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.session.MemoryPlan.Events;
import org.sd15.attention.session.MemoryPlan.Request;

class MemoryPlanTest {

    /** A thousand arrays of seeded sizes and lives: each keeps what was written to it until it is given back. */
    @Test
    void arraysThatLiveTogetherDoNotOverlap() {
        Random random = new Random(3);
        List<Request> requests = new ArrayList<>();
        Events events = new Events();
        List<Integer> alive = new ArrayList<>();
        List<Integer> codes = new ArrayList<>();
        long living = 0;
        long most = 0;
        for (int i = 0; i < 1000; i++) {
            requests.add(new Request(DataType.FLOAT, new long[] {4096 + 16 * random.nextInt(4096)}));
            codes.add(i);
            alive.add(i);
            living += requests.get(i).bytes();
            most = Math.max(most, living);
            while (alive.size() > 1 + random.nextInt(20)) {
                int gone = alive.remove(random.nextInt(alive.size()));
                codes.add(~gone);
                living -= requests.get(gone).bytes();
            }
        }
        codes.forEach(events::add);
        MemoryPlan plan = MemoryPlan.of(requests, events);
        assertThat(plan.blockBytes()).isBetween(most, (long) (1.2 * most));
        try (BytePointer block = new BytePointer(plan.blockBytes())) {
            Map<Integer, INDArray> arrays = new LinkedHashMap<>();
            for (int code : codes) {
                if (code >= 0) {
                    arrays.put(code, plan.array(code, block).assign(code));
                } else {
                    INDArray array = arrays.remove(~code);
                    assertThat(array.minNumber().intValue()).isEqualTo(~code);
                    assertThat(array.maxNumber().intValue()).isEqualTo(~code);
                }
            }
        }
    }

    @Test
    void aSecondRunTakesNoNewMemoryAndGivesTheSameBits() {
        try (GraphSession session = chain()) {
            INDArray first = run(session, 64);
            INDArray second = run(session, 64);
            long planned = session.activationBytes();
            INDArray third = run(session, 64);
            assertThat(planned).isPositive();
            assertThat(session.activationBytes()).isEqualTo(planned);
            assertSameBits("second", second, first);
            assertSameBits("third", third, first);
        }
    }

    @Test
    void resultsAreNotWrittenToByLaterRuns() {
        try (GraphSession session = chain()) {
            INDArray kept = run(session, 64);
            INDArray copy = kept.dup();
            run(session, 128);
            run(session, 64);
            run(session, 64);
            assertSameBits("kept", kept, copy);
        }
    }

    @Test
    void theMemoryOfAClosedResultIsTakenAgainThatOfAKeptOneIsNot() {
        try (GraphSession session = chain()) {
            run(session, 64).close(); // made before there was a plan
            INDArray closed = run(session, 64);
            INDArray copy = closed.dup();
            long address = address(closed);
            closed.close();
            INDArray kept = run(session, 64);
            assertThat(address(kept)).isEqualTo(address);
            INDArray fresh = run(session, 64);
            assertThat(address(fresh)).isNotEqualTo(address);
            fresh.close();
            session.trim();
            assertSameBits("kept", kept, copy);
        }
    }

    /** As a sum of gradients does: the first result of two is kept until both are there, step after step. */
    @Test
    void resultsThatAreClosedLaterAreTakenAgainToo() {
        try (GraphSession session = chain()) {
            run(session, 64).close(); // made before there was a plan
            Set<Long> addresses = new HashSet<>();
            for (int step = 0; step < 10; step++) {
                INDArray sum = run(session, 64);
                INDArray more = run(session, 64);
                addresses.add(address(sum));
                addresses.add(address(more));
                more.close();
                sum.close();
            }
            assertThat(addresses).hasSize(2);
        }
    }

    @Test
    void resultsThatAreClosedAfterATrimDoNotPileUp() {
        try (GraphSession session = chain()) {
            run(session, 64).close();
            List<Long> held = new ArrayList<>();
            for (int step = 0; step < 10; step++) {
                INDArray result = run(session, 64);
                session.trim();
                result.close();
                held.add(Pointer.totalBytes());
            }
            assertThat(held.get(9) - held.get(1))
                    .as("less than one result more")
                    .isLessThan(64 * 128 * 4);
        }
    }

    private static long address(INDArray array) {
        return array.data().pointer().address();
    }

    @Test
    void anArrayOfTheInsideCanBeAskedForAndIsKept() {
        try (GraphSession session = chain()) {
            Map<String, INDArray> feeds = Map.of("x", input(64));
            INDArray inside = session.evaluate(feeds, List.of("out", "inside")).get("inside");
            INDArray copy = inside.dup();
            run(session, 64);
            session.evaluate(feeds, List.of("out", "inside"));
            assertSameBits("inside", inside, copy);
        }
    }

    @Test
    void buffersThatWereGivenBackAreTakenAgain() {
        try (GraphSession session = chain()) {
            INDArray first = run(session, 64);
            run(session, 64);
            session.trim();
            assertThat(session.activationBytes()).isZero();
            assertSameBits("after", run(session, 64), first);
        }
    }

    private static INDArray input(int rows) {
        return Nd4j.linspace(DataType.FLOAT, -1, 2.0 / (rows * 128), rows * 128).reshape(rows, 128);
    }

    private static INDArray run(GraphSession session, int rows) {
        return session.evaluate(Map.of("x", input(rows)), List.of("out")).get("out");
    }

    /** Sums and functions of arrays of 32 KiB. */
    private static GraphSession chain() {
        SameDiff graph = Graphs.create();
        var x = graph.placeHolder("x", DataType.FLOAT, -1, 128);
        var y = graph.math.tanh(x);
        y.rename("inside");
        for (int i = 0; i < 5; i++) {
            y = graph.math.tanh(y.add(x)).mul(graph.math.sin(y));
        }
        y.rename("out");
        return new GraphSession(graph);
    }
}
