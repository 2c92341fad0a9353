package org.sd15.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** The small trained model, in float32, and what tests do with it. */
public final class ShapesModel {

    public static final String CIRCLE = "a large red circle on a gray background";
    public static final String STAR = "a large red star on a gray background";
    public static final int STEPS = 6;

    private ShapesModel() {}

    public static StableDiffusion load() {
        try {
            return StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Start noise of one picture. */
    public static INDArray noise() {
        return Rule.input("editing.noise", DataType.FLOAT, 1, 4, 16, 16);
    }

    /** A short edit from that noise. */
    public static EditRequest edit(String source, String... targets) {
        return EditRequest.of(source, targets)
                .sampling(base -> base.steps(STEPS).latents(noise()));
    }
}
