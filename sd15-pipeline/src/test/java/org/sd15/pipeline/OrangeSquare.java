package org.sd15.pipeline;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.SourcePicture;
import org.sd15.testing.Fixture;

/**
 * A picture that is given to the small trained model, to be inverted and to become blue.
 *
 * @param model that draws
 * @param picture {@code [1, 3, 64, 64]}
 */
public record OrangeSquare(StableDiffusion model, INDArray picture) implements AutoCloseable {

    public static final String PROMPT = "a large orange square on a white background";
    public static final String BLUE = "a large blue square on a white background";
    public static final int STEPS = 4;
    public static final double GUIDANCE = 4;

    public static OrangeSquare load() {
        return new OrangeSquare(
                ShapesModel.load(),
                Fixture.of("sd15-pipeline", "pipelines/ddim_inversion").get("image_in"));
    }

    public static EditRequest request(SourcePicture given, String target) {
        return EditRequest.of(PROMPT, target)
                .sampling(base -> base.steps(STEPS).guidance(GUIDANCE))
                .picture(given);
    }

    public static RunSettings settings(int steps, double guidance) {
        return RunSettings.DEFAULT.steps(steps).guidance(guidance);
    }

    public Inversion invert(Inverter inverter, int steps) {
        return model.invert(inverter, picture, List.of(PROMPT), settings(steps, 1));
    }

    public Editing edit(EditRequest request) {
        return model.edit(request);
    }

    @Override
    public void close() throws Exception {
        model.close();
    }
}
