package org.sd15.pipeline.schedule;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a step gives.
 *
 * @param prevSample the sample for the next call, less noisy (more noisy when inverting)
 * @param predOriginalSample the picture without noise as this call predicts it, for previews and masks
 */
public record StepResult(INDArray prevSample, INDArray predOriginalSample) {}
