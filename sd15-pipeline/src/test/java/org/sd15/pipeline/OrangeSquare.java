package org.sd15.pipeline;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.testing.Fixture;

/**
 * A picture that is given to the small trained model, to be inverted and to become blue.
 *
 * @param model that draws
 * @param picture {@code [1, 3, 64, 64]}
 */
record OrangeSquare(StableDiffusion model, INDArray picture) implements AutoCloseable {

    static final String PROMPT = "a large orange square on a white background";
    static final String BLUE = "a large blue square on a white background";
    static final int STEPS = 4;
    static final double GUIDANCE = 4;

    static OrangeSquare load() {
        return new OrangeSquare(
                ShapesModel.load(),
                Fixture.of("sd15-pipeline", "pipelines/ddim_inversion").get("image_in"));
    }

    static EditRequest request(SourcePicture given, String target) {
        return EditRequest.of(PROMPT, target)
                .sampling(base -> base.steps(STEPS).guidance(GUIDANCE))
                .picture(given);
    }

    static RunSettings settings(int steps, double guidance) {
        return RunSettings.DEFAULT.steps(steps).guidance(guidance);
    }

    Inversion invert(Inverter inverter, int steps) {
        return model.invert(inverter, picture, List.of(PROMPT), settings(steps, 1));
    }

    Editing edit(EditRequest request) {
        return model.edit(request);
    }

    @Override
    public void close() throws Exception {
        model.close();
    }
}
