package org.sd15.cli;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionInputs;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.ObservedInverter;
import org.sd15.pipeline.inversion.Reconstruction;

/** Inverts given pictures, and draws them again to see how well they come back, each behind a progress bar of its own. */
final class Inverting {

    /** Draws without an edit; tells each step. */
    @FunctionalInterface
    interface Redrawing {
        Reconstruction draw(Consumer<DenoisingStep> listener);
    }

    private final StableDiffusion diffusion;
    private final RunSettings settings;
    private final int tokens;

    private Inverting(StableDiffusion diffusion, RunSettings settings, int tokens) {
        this.diffusion = diffusion;
        this.settings = settings;
        this.tokens = tokens;
    }

    /**
     * Inversions for an edit.
     *
     * @param prompts of the edit, the source's among them: the inversion has as many tokens as the longest
     */
    static Inverting of(StableDiffusion diffusion, RunSettings settings, List<String> prompts) {
        ConstantTexts texts = new ConstantTexts(diffusion.components(), settings.promptStyle());
        return new Inverting(diffusion, settings, texts.tokens(prompts));
    }

    /** The tokens of the text states. */
    int tokens() {
        return tokens;
    }

    /** The inversion of pictures, {@code [pictures, 3, H, W]} with values from 0 to 1. */
    Inversion invert(Inverter inverter, INDArray pictures, List<String> prompts) {
        try (Bar bar = new Bar()) {
            Inverter observed = new ObservedInverter(inverter, bar);
            return new InversionRequest(observed, pictures, prompts, settings, tokens).on(diffusion);
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
        public void begin(InversionInputs inputs, int steps) {
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
