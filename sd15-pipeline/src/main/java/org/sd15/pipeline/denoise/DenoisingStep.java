package org.sd15.pipeline.denoise;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One step of a denoising run, done.
 *
 * @param index its number, from 0
 * @param count the number of steps of the run
 * @param timestep of the model's input, in training steps; need not be whole
 * @param latents the latents after the step, {@code [pictures, 4, h, w]}
 * @param predOriginalSample the noise-free latents as this step foresees them, for previews; same shape
 */
public record DenoisingStep(int index, int count, double timestep, INDArray latents, INDArray predOriginalSample) {}
