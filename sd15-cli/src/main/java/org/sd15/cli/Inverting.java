package org.sd15.cli;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.ObservedInverter;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.inversion.Subject;

/** Inverts given pictures, and draws them again to see how well they come back, each behind a progress bar of its own. */
final class Inverting {

    /** Draws without an edit; tells each step. */
    @FunctionalInterface
    interface Redrawing {
        Reconstruction draw(Consumer<DenoisingStep> listener);
    }

    private Inverting() {}

    /** The inversion of pictures, {@code [pictures, 3, H, W]} with values from 0 to 1. */
    static Inversion of(
            StableDiffusion diffusion,
            Inverter inverter,
            INDArray pictures,
            List<String> prompts,
            RunSettings settings) {
        try (Bar bar = new Bar()) {
            Inverter observed = new ObservedInverter(inverter, bar);
            return new InversionRequest(observed, pictures, prompts, settings).on(diffusion);
        }
    }

    /** How well pictures come back. */
    static Reconstruction reconstruction(int steps, Redrawing redrawing) {
        try (Progress progress = new Progress("reconstructing", steps)) {
            return redrawing.draw(step -> progress.step());
        }
    }

    /** A bar that begins with the inversion. */
    private static final class Bar implements ObservedInverter.Listener, AutoCloseable {

        private @Nullable Progress progress;
        private int left;

        @Override
        public void begin(Subject subject, int steps) {
            progress = new Progress("inverting", steps);
            left = steps;
        }

        @Override
        public void step() {
            if (progress != null && left > 0) {
                progress.step();
                left--;
            }
        }

        /** Two passes that meet at one level of noise have one change of level less. */
        @Override
        public void close() {
            if (progress != null) {
                while (left > 0) {
                    step();
                }
                progress.close();
            }
        }
    }
}
