package org.sd15.unet;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loss and its gradients with respect to parameters: what a step of training needs.
 *
 * @param loss the value of the loss
 * @param errors the loss of each picture, without weights
 * @param parameters gradients of the trained parameters by name, in diffusers' layout
 */
public record ParameterGradients(double loss, List<Double> errors, Map<String, INDArray> parameters) {}
