package org.sd15.pipeline.training;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What learns: parameters, and the gradients of a loss with respect to them. */
public interface TrainedModel {

    /**
     * One pass.
     *
     * @param noisy what the UNet is given, {@code [batch, channels, h, w]}
     * @param timesteps one a picture
     * @param texts what the pictures show
     * @param target what should be predicted
     * @param weights what the error of each picture is multiplied by
     */
    record Pass(INDArray noisy, int[] timesteps, TrainingBatch.Texts texts, INDArray target, double[] weights) {

        /** The time steps as the UNet takes them. */
        double[] times() {
            double[] times = new double[timesteps.length];
            for (int i = 0; i < times.length; i++) {
                times[i] = timesteps[i];
            }
            return times;
        }
    }

    /**
     * What a pass gave.
     *
     * @param loss the mean of the weighted errors
     * @param errors mean squared error of each picture, without weights
     * @param gradients by the names of the parameters; they belong to the caller
     */
    record Result(double loss, List<Double> errors, Map<String, INDArray> gradients) {}

    /**
     * What is trained, by component and diffusers' name, for instance {@code unet.conv_in.weight}: arrays of the model's
     * own, which a step changes in place.
     */
    Map<String, INDArray> parameters();

    /** The loss of a pass and its gradients. */
    Result gradient(Pass pass);

    /**
     * Those of all passes of a step, in their order: each when it is asked for, one after the other. A model that has them
     * computed elsewhere, on several machines perhaps, does so here.
     */
    default Iterator<Result> gradients(List<Pass> passes) {
        return passes.stream().map(this::gradient).iterator();
    }
}
