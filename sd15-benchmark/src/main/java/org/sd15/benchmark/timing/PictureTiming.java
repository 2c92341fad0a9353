package org.sd15.benchmark.timing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;

/**
 * How long the parts of one whole picture took, with guidance and the model's own scheduler. Nothing is warmed up: it is what
 * somebody waits for who draws one.
 *
 * @param loadSeconds from nothing to a model
 * @param textSeconds until the first step could begin: the prompts are encoded
 * @param stepSeconds each step
 * @param decodeSeconds from latents to pixels
 * @param peakRssGb the most memory that the process ever had resident, in 10^9 bytes; not known outside of Linux
 */
public record PictureTiming(
        double loadSeconds,
        double textSeconds,
        List<Double> stepSeconds,
        double decodeSeconds,
        OptionalDouble peakRssGb) {

    private static final String PROMPT = "a cat on a bench";

    /** Copies the list. */
    public PictureTiming {
        stepSeconds = List.copyOf(stepSeconds);
    }

    /**
     * Draws a picture, giving back what a part has packed when its work is done, as {@code generate} does.
     *
     * @param size side of the latents
     * @param steps how many
     * @throws Exception what loading throws
     */
    public static PictureTiming of(Callable<StableDiffusion> load, int size, int steps) throws Exception {
        Watch watch = new Watch();
        try (StableDiffusion model = load.call()) {
            double loaded = watch.lap();
            int side = size * model.vae().config().factor();
            Denoising run = GenerationRequest.of(PROMPT)
                    .size(side, side)
                    .steps(steps)
                    .seed(0)
                    .build()
                    .on(model);
            model.textEncoder().trim();
            double encoded = watch.lap();
            List<Double> each = new ArrayList<>();
            run.finish(step -> each.add(watch.lap()));
            model.unet().trim();
            model.decode(run.latents()).close();
            return new PictureTiming(loaded, encoded, each, watch.lap(), Measurement.peak());
        }
    }

    /** All parts together. */
    public double total() {
        return loadSeconds + textSeconds + steps() + decodeSeconds;
    }

    /** All steps together. */
    public double steps() {
        return stepSeconds.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** The shortest step. */
    public double bestStep() {
        return Collections.min(stepSeconds);
    }

    /** Seconds since it was last looked at. */
    private static final class Watch {
        private long start = System.nanoTime();

        double lap() {
            long now = System.nanoTime();
            double seconds = (now - start) / 1e9;
            start = now;
            return seconds;
        }
    }
}
