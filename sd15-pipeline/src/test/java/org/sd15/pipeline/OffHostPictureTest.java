package org.sd15.pipeline;

import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.testing.Fixture;
import org.sd15.testing.OffHost;

/** A picture with the memory that it has on a GPU: weights read and not mapped, activations in ND4J's own arrays. */
class OffHostPictureTest {

    @Test
    void anEditedPictureHasTheSameBits() {
        INDArray planned = pictures(Execution.NATIVE);
        INDArray own = OffHost.get(() -> pictures(null));
        assertSameBits("pictures", own, planned);
    }

    /** Without an execution it is the one that is chosen for the machine. */
    private static INDArray pictures(@Nullable Execution execution) {
        var folder = Fixture.resource("sd15-pipeline", "shapes");
        try (StableDiffusion model =
                execution == null ? StableDiffusion.load(folder) : StableDiffusion.load(folder, execution)) {
            Editing editing = model.edit(
                    ShapesModel.edit(ShapesModel.CIRCLE, ShapesModel.STAR).sampling(base -> base.steps(3)));
            editing.run().forEachRemaining(step -> {});
            return model.decode(editing.run().latents());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
