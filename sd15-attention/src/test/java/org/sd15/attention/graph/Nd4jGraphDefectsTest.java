package org.sd15.attention.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Console.printedBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.SessionMemMgr;
import org.nd4j.autodiff.samediff.internal.memory.ArrayCacheMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.util.DeviceLocalNDArray;
import org.sd15.attention.session.GradientFunction;
import org.sd15.testing.Rule;

/**
 * What graphs of ND4J 1.0.0-M2.1 do with arrays and with the console, each next to what this project does instead. A test
 * that fails with a later ND4J says which detour is no longer needed.
 */
class Nd4jGraphDefectsTest {

    /** What a fresh graph keeps its arrays in, opened. */
    private static final class Holder extends DeviceLocalNDArray {

        Holder(INDArray array) {
            super(array, true);
        }

        INDArray copy() {
            return delayedArray;
        }
    }

    @Test
    void aFreshGraphKeepsACopyBesideEveryArray() {
        INDArray weight = Rule.input("weight", DataType.FLOAT, 4, 3);
        assertThat(new Holder(weight).copy())
                .as("mended: Graphs.create() may be SameDiff.create()")
                .isEqualTo(weight)
                .isNotSameAs(weight);
    }

    @Test
    void aGraphCopiesViewsUnlessTheyAreSetAgain() {
        INDArray view = Rule.input("weight", DataType.FLOAT, 4, 3).getRow(2);
        assertThat(address(Graphs.create().constant("weight", view)))
                .as("mended: Parameters.from need not set the array again")
                .isNotEqualTo(address(view));
        SameDiff fresh = SameDiff.create();
        fresh.constant("weight", view);
        fresh.setArrayForVariable("weight", view);
        assertThat(address(fresh.getVariable("weight")))
                .as("mended: a graph need not come from Graphs.create()")
                .isNotEqualTo(address(view));
        for (boolean trained : new boolean[] {false, true}) {
            SDVariable own = Parameters.from(spec -> view, name -> trained)
                    .declare(Graphs.create(), new ParameterSpec("weight", 3), Layout.AS_STORED);
            assertThat(address(own)).isEqualTo(address(view));
        }
    }

    @Test
    void differentiationTalksToTheConsole() {
        assertThat(printedBy(() -> square().createGradFunction("x")))
                .as("mended: GradientFunction need not redirect System.out")
                .isNotEmpty();
        assertThat(printedBy(() ->
                        GradientFunction.of(square(), "loss", List.of("x")).close()))
                .isEmpty();
    }

    @Test
    void gradientsReleaseNoActivation() {
        SameDiff graph = square();
        GradientFunction.of(graph, "loss", List.of("x")).close();
        assertThat(graph.getFunction("grad").isEnableCache()).isTrue();
        graph.calculateGradients(Map.of("x", Nd4j.ones(2, 3)), "x");
        assertThat(graph.getFunction("grad").isEnableCache())
                .as("mended: GradientFunction may be calculateGradients()")
                .isFalse();
    }

    @Test
    void aCachedArrayGetsTheNumberOfTheNextOne() {
        SessionMemMgr cache = new ArrayCacheMemoryMgr();
        cache.release(cache.allocate(false, DataType.FLOAT, 64, 64));
        INDArray again = cache.allocate(false, DataType.FLOAT, 64, 64);
        INDArray other = Nd4j.create(DataType.FLOAT, 64, 64);
        assertThat(again.getId())
                .as("mended: sessions may tell arrays of ND4J's cache apart; ActivationMemory need not be for that")
                .isEqualTo(other.getId());
    }

    @Test
    void aCachedArrayServesItsOwnShapeOnly() {
        SessionMemMgr cache = new ArrayCacheMemoryMgr();
        INDArray first = cache.allocate(false, DataType.FLOAT, 64, 64);
        cache.release(first);
        INDArray second = cache.allocate(false, DataType.FLOAT, 32, 128);
        assertThat(address(second))
                .as("mended: ND4J's cache may take the place of MemoryPlan, if it holds no more")
                .isNotEqualTo(address(first));
    }

    /** SameDiff's session, opened. */
    private static final class Remembering extends InferenceSession {

        Remembering(SameDiff graph) {
            super(graph);
        }

        int remembered() {
            return freedArrays.size();
        }
    }

    @Test
    void aSessionRemembersWhatEveryRunReleased() {
        var sameDiffs = new Remembering(square());
        var own = new RepeatedSession(square());
        evaluate(sameDiffs);
        evaluate(own);
        int once = own.remembered();
        assertThat(once).isPositive().isEqualTo(sameDiffs.remembered());
        for (int i = 0; i < 3; i++) {
            evaluate(sameDiffs);
            evaluate(own);
        }
        assertThat(sameDiffs.remembered())
                .as("mended: RepeatedSession may be InferenceSession")
                .isGreaterThan(once);
        assertThat(own.remembered()).isLessThanOrEqualTo(once);
    }

    private static void evaluate(InferenceSession session) {
        Map<String, INDArray> feeds = Map.of("x", Rule.input("x", DataType.FLOAT, 2, 3));
        session.output(List.of("loss"), feeds, null, List.of(), List.of(), null);
    }

    private static SameDiff square() {
        SameDiff graph = Graphs.create();
        SDVariable x = graph.placeHolder("x", DataType.FLOAT, 2, 3);
        graph.math.square(x).sum().rename("loss");
        graph.setLossVariables("loss");
        return graph;
    }

    private static long address(SDVariable variable) {
        return address(variable.getArr());
    }

    private static long address(INDArray array) {
        return array.data().address();
    }
}
