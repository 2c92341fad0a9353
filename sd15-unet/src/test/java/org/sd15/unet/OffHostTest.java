package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.testing.OffHost;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/**
 * The UNet with the memory that it has on a GPU, where no address of an array is taken: predictions, attention maps and the
 * gradients of everything have the bits that they have in planned memory.
 */
class OffHostTest {

    private static final double[] WEIGHTS = {1, 0.5};

    @Test
    void predictionsHaveTheSameBits() {
        assertSame(OffHostTest::predictions);
    }

    /** The third is the first again, after one of another shape. */
    private static List<INDArray> predictions() {
        List<INDArray> all = new ArrayList<>();
        try (UNet unet = TinySd.unet(Formulations.NATIVE)) {
            for (int height : new int[] {8, 16, 8}) {
                UNetInput input = TinySd.rows(2, height, 8);
                AttentionSite site = unet.sites(height, 8, 77).get(1);
                AttentionPlan plan = AttentionPlan.PLAIN.route(List.of(site), any -> true);
                UNetOutput output = unet.predict(input, plan, AttentionControl.identity(2), List.of(site.probs()));
                all.add(output.sample());
                all.add(output.tap(site.probs()));
                all.add(unet.predict(input));
            }
        }
        return all;
    }

    @Test
    void allGradientsHaveTheSameBits() {
        List<INDArray> gradients = assertSame(() -> gradients(Checkpointing.NONE));
        assertThat(gradients).hasSize(2 * (686 + 2));
    }

    @Test
    void gradientsByBlocksHaveTheSameBits() {
        assertSame(() -> gradients(Checkpointing.BLOCKS));
    }

    private static List<INDArray> gradients(Checkpointing checkpointing) {
        List<INDArray> all = new ArrayList<>();
        UNetInput input = TinySd.rows(2, 8, 8);
        INDArray target = Rule.input("target", DataType.FLOAT, 2, 4, 8, 8);
        try (UNet unet = TinySd.unet(Formulations.NATIVE)) {
            for (int time = 0; time < 2; time++) { // a plan is made in the first and followed in the second
                UNetGradients gradients =
                        unet.gradient(input, Target.of(target).weighted(WEIGHTS), name -> true, checkpointing);
                all.add(gradients.sample());
                all.add(gradients.context());
                gradients.parameters().values().forEach(all::add);
            }
        }
        return all;
    }

    private static List<INDArray> assertSame(Supplier<List<INDArray>> values) {
        List<INDArray> planned = values.get();
        List<INDArray> own = OffHost.get(values);
        assertThat(own).hasSameSizeAs(planned);
        for (int i = 0; i < own.size(); i++) {
            assertSameBits("array " + i, own.get(i), planned.get(i));
        }
        return own;
    }
}
