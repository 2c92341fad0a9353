package org.sd15.pipeline.training;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Adam with decoupled weight decay, as {@code torch.optim.AdamW} computes it.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter, Decoupled Weight Decay Regularization</a>
 */
final class AdamW implements Stateful {

    private static final String FIRST = "exp_avg/";
    private static final String SECOND = "exp_avg_sq/";
    private static final String COUNT = "optimizer_steps";

    private final AdamWSettings settings;
    private final Map<String, INDArray> means = new LinkedHashMap<>();
    private final Map<String, INDArray> squares = new LinkedHashMap<>();
    private int steps;

    /** An optimizer of parameters that are updated in place. */
    AdamW(AdamWSettings settings, Map<String, INDArray> parameters) {
        this.settings = settings;
        parameters.forEach((name, parameter) -> {
            means.put(name, Nd4j.zeros(parameter.dataType(), parameter.shape()));
            squares.put(name, Nd4j.zeros(parameter.dataType(), parameter.shape()));
        });
    }

    /** Updates the parameters; gradients are used up. */
    void step(Map<String, INDArray> parameters, Gradients gradients, double learningRate) {
        steps++;
        double mean = 1 - Math.pow(settings.beta1(), steps);
        double root = Math.sqrt(1 - Math.pow(settings.beta2(), steps));
        parameters.forEach((name, parameter) -> {
            try (INDArray gradient = gradients.take(name)) {
                INDArray first = requireNonNull(means.get(name));
                INDArray second = requireNonNull(squares.get(name));
                // ND4J's own updater computes 1 - beta in float32 and is off by 5e-5
                accumulate(first, gradient, settings.beta1());
                accumulate(second, gradient.muli(gradient), settings.beta2());
                INDArray change = Transforms.sqrt(second, true).divi(root).addi(settings.epsilon());
                change.rdivi(first).muli(learningRate / mean);
                parameter.muli(1 - learningRate * settings.weightDecay()).subi(change);
                change.close();
            }
        });
    }

    private static void accumulate(INDArray average, INDArray value, double decay) {
        INDArray share = value.mul(1 - decay);
        average.muli(decay).addi(share);
        share.close();
    }

    @Override
    public void save(TrainingState into) {
        means.forEach((name, array) -> into.put(FIRST + name, array));
        squares.forEach((name, array) -> into.put(SECOND + name, array));
        into.remark(COUNT, steps);
    }

    @Override
    public void restore(TrainingState from) {
        means.forEach((name, array) -> from.read(FIRST + name, array));
        squares.forEach((name, array) -> from.read(SECOND + name, array));
        steps = from.number(COUNT);
    }
}
