package org.sd15.pipeline.edit.instruct;

import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.DiffusionModel;

/**
 * A picture that is to be changed as an instruction says, for models that were trained for that: their UNet takes eight
 * channels. Immutable; the methods return a new request.
 *
 * @param instruction for instance "make it a winter scene"
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}
 * @param imageGuidance how closely the picture is kept, 1 or more; 1.5 as published
 * @param negative what to stay away from; usually empty
 * @param settings steps, guidance by the instruction, randomness
 */
public record InstructRequest(
        String instruction, INDArray picture, double imageGuidance, String negative, RunSettings settings) {

    private static final double IMAGE_GUIDANCE = 1.5;
    private static final int STEPS = 100;

    /** Checks the guidance. */
    public InstructRequest {
        if (!Double.isFinite(imageGuidance)) {
            throw new IllegalArgumentException(
                    "guidance by the picture is %s, must be a finite number".formatted(imageGuidance));
        }
    }

    /**
     * A request with the settings of diffusers: 100 steps, guidance 7.5 and 1.5.
     *
     * @param instruction for instance "make it a winter scene"
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}; sides are multiples of 8
     */
    public static InstructRequest of(String instruction, INDArray picture) {
        return new InstructRequest(instruction, picture, IMAGE_GUIDANCE, "", RunSettings.DEFAULT.steps(STEPS));
    }

    /**
     * This request with another guidance by the picture.
     *
     * @param scale 1 or more; the higher, the closer the picture is kept
     * @throws IllegalArgumentException if it is not a finite number
     */
    public InstructRequest imageGuidance(double scale) {
        return new InstructRequest(instruction, picture, scale, negative, settings);
    }

    /** This request with other settings; what the change leaves alone stays as it was set before. */
    public InstructRequest sampling(UnaryOperator<RunSettings> change) {
        return new InstructRequest(instruction, picture, imageGuidance, negative, change.apply(settings));
    }

    /** This request with something to stay away from. */
    public InstructRequest negative(String prompt) {
        return new InstructRequest(instruction, picture, imageGuidance, prompt, settings);
    }

    /**
     * Prepares the run.
     *
     * @return its latents are {@code [1, 4, h, w]}
     * @throws IllegalArgumentException if the model's UNet does not take the latents of a picture
     */
    public Denoising on(DiffusionModel model) {
        return InstructPix2Pix.run(model, List.of(this));
    }
}
