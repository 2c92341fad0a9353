package org.sd15.benchmark.method;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What came of an edit.
 *
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}
 * @param mask where the method itself thought that it may act, shares from 0 to 1 of any size, {@code [h, w]}; or null
 * @param reconstructionPsnr how well the picture comes back without an edit, in dB; NaN for methods that don't invert
 * @param inversionSeconds what the inversion took that the edit started from, whoever asked for it first
 */
public record Edited(INDArray picture, @Nullable INDArray mask, double reconstructionPsnr, double inversionSeconds) {}
