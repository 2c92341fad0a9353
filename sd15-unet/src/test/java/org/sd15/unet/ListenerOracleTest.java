package org.sd15.unet;

import static org.sd15.testing.Closeness.assertClose;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.testing.Rule;

/**
 * Prompt-to-prompt a second time, as the references do it: by overwriting attention maps while the plain graph runs. The
 * control ports must agree with it.
 */
class ListenerOracleTest {

    private static final int LARGEST_ROUTED = 64;
    private static final int[] SOURCE_OF = new int[77]; // -1: a new token
    private static final float[] EQUALISER = new float[77];

    static {
        for (int j = 0; j < 77; j++) {
            SOURCE_OF[j] = j % 5 == 3 ? -1 : (j * 7 + 3) % 77;
            EQUALISER[j] = j == 4 ? 2.5f : 1;
        }
    }

    @Test
    void thePortsDoWhatOverwritingTheMapsDoes() {
        UNetInput input = TinySd.rows(2, 16, 16);
        INDArray expected = overwriting(input);
        try (UNet unet = TinySd.unet(DataType.FLOAT)) {
            List<AttentionSite> sites = unet.sites(16, 16, 77);
            AttentionPlan plan =
                    AttentionPlan.PLAIN.map(sites, AttentionSite::isCross).route(sites, ListenerOracleTest::routed);
            INDArray sourceForBoth = Nd4j.createFromArray(new float[][] {{1, 0}, {1, 0}});
            AttentionControl control = AttentionControl.identity(2)
                    .routeQueries(ListenerOracleTest::routed, sourceForBoth)
                    .routeKeys(ListenerOracleTest::routed, sourceForBoth)
                    .map(AttentionSite::isCross, tokenMap(sourceForBoth));
            INDArray actual = unet.predict(input, plan, control, List.of()).sample();
            assertClose("prediction", actual, expected, 1e-6);
        }
    }

    private static boolean routed(AttentionSite site) {
        return !site.isCross() && site.queries() <= LARGEST_ROUTED;
    }

    /** Refine chained with reweight for row 1: U = e alpha, V = e (1 - alpha), M one-hot. Row 0 keeps its own. */
    private static TokenMap tokenMap(INDArray routing) {
        INDArray matrix = Nd4j.zeros(DataType.FLOAT, 2, 77, 77);
        INDArray mixed = Nd4j.zeros(DataType.FLOAT, 2, 1, 1, 77);
        INDArray own = Nd4j.ones(DataType.FLOAT, 2, 1, 1, 77);
        for (int j = 0; j < 77; j++) {
            boolean known = SOURCE_OF[j] >= 0;
            if (known) {
                matrix.putScalar(1, SOURCE_OF[j], j, 1);
            }
            mixed.putScalar(1, 0, 0, j, known ? EQUALISER[j] : 0);
            own.putScalar(1, 0, 0, j, known ? 0 : EQUALISER[j]);
        }
        return new TokenMap(routing, matrix, mixed, own);
    }

    private static INDArray overwriting(UNetInput input) {
        SameDiff graph = Graphs.create();
        Scope root = Scope.of(graph, DataType.FLOAT, Parameters.from(Rule.weights("", DataType.FLOAT), name -> false));
        var sample = graph.placeHolder("sample", DataType.FLOAT, -1, 4, 16, 16);
        var context = graph.placeHolder("context", DataType.FLOAT, -1, 77, 32);
        UNetGraph.apply(
                        TinySd.config(),
                        root,
                        FeatureMap.ofNchw(sample, 4, 16, 16),
                        new Tokens(graph.placeHolder("time", DataType.FLOAT, -1, 32), 1, 32),
                        Tokens.of(context, 77, 32))
                .nchw()
                .rename("out");
        graph.setListeners(new Overwriting());
        INDArray time = TimestepEmbedding.sinusoid(input.timesteps(), 32, DataType.FLOAT);
        return graph.output(Map.of("sample", input.sample(), "context", input.context(), "time", time), "out")
                .get("out");
    }

    private static final class Overwriting extends BaseListener {

        @Override
        public boolean isActive(Operation operation) {
            return true;
        }

        @Override
        public void opExecution(
                SameDiff sd, At at, MultiDataSet batch, SameDiffOp op, OpContext context, INDArray[] outputs) {
            String name = op.getOutputsOfOp().get(0);
            if (name.endsWith("attn2.probs")) {
                refine(outputs[0]);
            } else if (name.endsWith("attn1.probs") && outputs[0].size(2) <= LARGEST_ROUTED) {
                outputs[0].slice(1).assign(outputs[0].slice(0));
            }
        }

        private static void refine(INDArray probs) { // [2, heads, n, 77]
            float[] values = probs.dup('c').data().asFloat();
            int half = values.length / 2;
            float[] edited = Arrays.copyOf(values, values.length);
            for (int i = 0; i < half; i++) {
                int token = i % 77;
                int source = SOURCE_OF[token];
                float kept = source < 0 ? values[half + i] : values[i - token + source];
                edited[half + i] = EQUALISER[token] * kept;
            }
            probs.assign(Nd4j.create(edited, probs.shape(), 'c'));
        }
    }
}
