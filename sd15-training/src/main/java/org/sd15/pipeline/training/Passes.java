package org.sd15.pipeline.training;

import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a {@link Trainer} goes through: parameters that learn, and one pass after another with its gradients. */
public interface Passes extends Stateful {

    /**
     * One pass.
     *
     * @param loss of its pictures
     * @param priorLoss for DreamBooth: the mean squared error on pictures of the class
     * @param pictures that were seen
     * @param gradients by the names of the parameters; they belong to the caller
     */
    record Pass(double loss, @Nullable Double priorLoss, int pictures, Map<String, INDArray> gradients) {}

    /** What is trained, by component and diffusers' name: arrays of the model's own, which a step changes in place. */
    Map<String, INDArray> parameters();

    /**
     * The next pass.
     *
     * @param among how many passes make a step: gradients are those of the loss divided by it
     */
    Pass next(int among);

    /**
     * All passes of a step, in the order in which their gradients are added. Each is computed when it is asked for, so that
     * one at a time is held, unless they are computed elsewhere.
     */
    default Iterator<Pass> step(int among) {
        return IntStream.range(0, among).mapToObj(number -> next(among)).iterator();
    }
}
