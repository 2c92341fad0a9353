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

    /**
     * Updates the parameters; gradients are used up.
     *
     * @param factor what gradients are multiplied by first
     */
    void step(Map<String, INDArray> parameters, Gradients gradients, double factor, double learningRate) {
        steps++;
        var step = new Step(settings, steps, (float) factor, learningRate);
        parameters.forEach((name, parameter) -> {
            try (INDArray gradient = gradients.take(name)) {
                INDArray first = requireNonNull(means.get(name));
                INDArray second = requireNonNull(squares.get(name));
                if (ParallelArrays.serve(parameter, first, second, gradient)) {
                    ParallelArrays.run(step::update, Step.RESULTS, parameter, first, second, gradient);
                } else {
                    step.update(parameter, first, second, gradient);
                }
            }
        });
    }

    /** The arithmetic of one step. ND4J's own updater computes 1 - beta in float32 and is off by 5e-5. */
    private static final class Step {

        /** The parameter and both averages. */
        static final int RESULTS = 3;

        private final AdamWSettings settings;
        private final float factor;
        private final double root;
        private final double rate;
        private final double kept;

        Step(AdamWSettings settings, int number, float factor, double learningRate) {
            this.settings = settings;
            this.factor = factor;
            this.root = Math.sqrt(1 - Math.pow(settings.beta2(), number));
            this.rate = learningRate / (1 - Math.pow(settings.beta1(), number));
            this.kept = 1 - learningRate * settings.weightDecay();
        }

        /** Arrays of any kind: parameter, averages of the gradient and of its square, gradient, which is used up. */
        void update(INDArray parameter, INDArray first, INDArray second, INDArray gradient) {
            gradient.muli(factor);
            accumulate(first, gradient, settings.beta1());
            accumulate(second, gradient.muli(gradient), settings.beta2());
            INDArray change = Transforms.sqrt(second, true).divi(root).addi(settings.epsilon());
            change.rdivi(first).muli(rate);
            parameter.muli(kept).subi(change);
            change.close();
        }

        private static void accumulate(INDArray average, INDArray value, double decay) {
            INDArray share = value.mul(1 - decay);
            average.muli(decay).addi(share);
            share.close();
        }

        /** The same operations in the same order on a stretch. */
        void update(float[][] values, int n) {
            float[] gradient = values[RESULTS];
            for (int i = 0; i < n; i++) {
                gradient[i] *= factor;
            }
            accumulate(values[1], gradient, settings.beta1(), n);
            for (int i = 0; i < n; i++) {
                gradient[i] *= gradient[i];
            }
            accumulate(values[2], gradient, settings.beta2(), n);
            change(values[1], values[2], gradient, n);
            float left = (float) kept;
            float[] parameter = values[0];
            for (int i = 0; i < n; i++) {
                parameter[i] = parameter[i] * left - gradient[i];
            }
        }

        private static void accumulate(float[] average, float[] value, double decay, int n) {
            float old = (float) decay;
            float fresh = (float) (1 - decay);
            for (int i = 0; i < n; i++) {
                average[i] = average[i] * old + value[i] * fresh;
            }
        }

        private void change(float[] first, float[] second, float[] result, int n) {
            float divisor = (float) root;
            float epsilon = (float) settings.epsilon();
            float size = (float) rate;
            for (int i = 0; i < n; i++) {
                result[i] = first[i] / ((float) Math.sqrt(second[i]) / divisor + epsilon) * size;
            }
        }
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
