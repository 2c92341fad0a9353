package org.sd15.pipeline.inversion;

import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.schedule.SchedulerConfig;

/**
 * What is inverted, and with what.
 *
 * @param model predicts noise
 * @param config the scheduler settings of the model
 * @param steps sampler steps
 * @param guidance classifier-free guidance of the edits to come
 * @param latents of the pictures, {@code [pictures, 4, h, w]}
 * @param prompts what each picture shows
 * @param conditional text states of the prompts, {@code [pictures, tokens, width]}
 * @param unconditional text states of no prompt, same shape
 * @param noise standard normal noise of the shape of the latents, other numbers at each call
 */
public record InversionInputs(
        NoisePredictor model,
        SchedulerConfig config,
        int steps,
        double guidance,
        INDArray latents,
        List<String> prompts,
        INDArray conditional,
        INDArray unconditional,
        Supplier<INDArray> noise) {

    /** Checks that all is for the same number of pictures. */
    public InversionInputs {
        prompts = List.copyOf(prompts);
        long pictures = latents.size(0);
        if (prompts.size() != pictures || conditional.size(0) != pictures || unconditional.size(0) != pictures) {
            throw new IllegalArgumentException(
                    "%d pictures, %d prompts and text states of %d and %d: one of each is needed for each picture"
                            .formatted(pictures, prompts.size(), conditional.size(0), unconditional.size(0)));
        }
    }

    /** The same, asked of another model. */
    public InversionInputs model(NoisePredictor other) {
        return new InversionInputs(other, config, steps, guidance, latents, prompts, conditional, unconditional, noise);
    }

    /** The same with other steps. */
    public InversionInputs steps(int other) {
        return new InversionInputs(model, config, other, guidance, latents, prompts, conditional, unconditional, noise);
    }

    /**
     * The prediction for the prompts with classifier-free guidance. At 1 and 0 only one of the two texts is asked for.
     *
     * @param sample {@code [pictures, 4, h, w]}
     */
    INDArray predict(INDArray sample, double timestep, double guidance) {
        if (guidance == 1) {
            return model.predict(sample, timestep, conditional);
        }
        if (guidance == 0) {
            return model.predict(sample, timestep, unconditional);
        }
        INDArray both =
                model.predict(Nd4j.concat(0, sample, sample), timestep, Nd4j.concat(0, unconditional, conditional));
        return new GuidedRows(both).guided(guidance);
    }
}
