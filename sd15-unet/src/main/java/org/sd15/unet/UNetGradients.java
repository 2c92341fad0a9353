package org.sd15.unet;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loss and its gradients.
 *
 * @param loss the value of the loss
 * @param errors the loss of each picture, without weights; empty for a vector-Jacobian product
 * @param sample gradient with respect to the latents, of their shape
 * @param context gradient with respect to the text states, of their shape
 * @param parameters gradients of the trained parameters by name, in diffusers' layout
 */
public record UNetGradients(
        double loss, List<Double> errors, INDArray sample, INDArray context, Map<String, INDArray> parameters) {

    /** The gradient of one trained parameter. */
    public INDArray parameter(String name) {
        return Objects.requireNonNull(parameters.get(name), name);
    }
}
