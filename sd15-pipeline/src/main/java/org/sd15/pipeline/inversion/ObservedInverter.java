package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Another inverter that tells somebody how far it is: inverting takes as long as drawing, and null-text inversion many times
 * as long.
 *
 * @param inverter inverts
 * @param listener is told of each step
 */
public record ObservedInverter(Inverter inverter, Listener listener) implements Inverter {

    /** Is told how far an inversion is. */
    public interface Listener {

        /**
         * An inversion begins.
         *
         * @param inputs what is inverted
         * @param steps how often {@link #step()} will follow
         */
        void begin(InversionInputs inputs, int steps);

        /** A step begins: the model is asked at another level of noise. */
        void step();
    }

    @Override
    public Inversion invert(InversionInputs inputs) {
        int fits = inverter instanceof NullTextInverter ? inputs.prompts().size() : 0;
        listener.begin(inputs, inputs.steps() * (1 + fits));
        return inverter.invert(inputs.model(new ObservedPredictor(inputs.model(), listener)));
    }

    /** That of the other inverter, which is what an inversion notes of its provenance. */
    @Override
    public String toString() {
        return inverter.toString();
    }

    /** Asks a model, and notices when it is asked at another level. */
    private static final class ObservedPredictor implements NoisePredictor {

        private final NoisePredictor model;
        private final Listener listener;
        private double timestep = Double.NaN;

        ObservedPredictor(NoisePredictor model, Listener listener) {
            this.model = model;
            this.listener = listener;
        }

        @Override
        public INDArray predict(INDArray latents, double timestep, INDArray context) {
            notice(timestep);
            return model.predict(latents, timestep, context);
        }

        @Override
        public INDArray contextGradient(INDArray latents, double timestep, INDArray context, INDArray cotangent) {
            notice(timestep);
            return model.contextGradient(latents, timestep, context, cotangent);
        }

        private void notice(double asked) {
            if (asked != timestep) {
                timestep = asked;
                listener.step();
            }
        }
    }
}
