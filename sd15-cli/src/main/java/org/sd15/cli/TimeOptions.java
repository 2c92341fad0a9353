package org.sd15.cli;

import java.util.Locale;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.training.job.PredictionCost;
import org.sd15.pipeline.training.run.MatrixRate;
import picocli.CommandLine.Option;

/** How long a command will take: told before its first step, and what takes hours only begins if that was asked for. */
final class TimeOptions {

    private static final double MINUTE = 60;
    private static final double HOUR = 60 * MINUTE;

    /** What takes less, seconds, nobody has to be told. */
    private static final double TOLD = 10;

    /** Floating-point operations a second of a machine that is slow. */
    private static final double SLOW = 2e10;

    @Option(names = "--allow-hours", description = "Begin although it is expected to take more than an hour.")
    private boolean allowHours;

    /**
     * Says how long it will take.
     *
     * @param fused whether the fused formulation computes
     * @param refusable whether it can be refused: a drawing that was asked for is of the size that was asked for
     * @param latents their shape, {@code [pictures, 4, h, w]}
     * @param predictions of the UNet, for one picture and one text each; one with its gradient counts four times
     * @throws IllegalArgumentException if it is more than an hour and that was not asked for
     */
    void expect(StableDiffusion diffusion, boolean fused, boolean refusable, long[] latents, double predictions) {
        int height = Math.toIntExact(latents[2]);
        int width = Math.toIntExact(latents[3]);
        int tokens = diffusion.tokenizer().encode("").maxLength();
        PredictionCost cost = PredictionCost.of(diffusion.unet().config(), height, width, tokens);
        if (predictions * cost.seconds(SLOW, fused) < TOLD) {
            return; // not even worth a measurement
        }
        double seconds = predictions * cost.seconds(MatrixRate.measure(), fused);
        if (seconds < TOLD) {
            return;
        }
        int factor = diffusion.vae().config().factor();
        String work = "%.0f predictions for %d x %d pixels".formatted(predictions, width * factor, height * factor);
        if (refusable && seconds > HOUR && !allowHours) {
            throw new IllegalArgumentException(
                    "this would take %s here (%s): make the picture smaller, for instance --resize %d, take fewer --steps, or give --allow-hours"
                            .formatted(describe(seconds), work, diffusion.pictureSize()));
        }
        Console.note("this takes %s here (%s)", describe(seconds), work);
    }

    /** A time for people. */
    static String describe(double seconds) {
        if (seconds < 2 * MINUTE) {
            return String.format(Locale.ROOT, "about %.0f seconds", seconds);
        }
        return seconds < HOUR
                ? String.format(Locale.ROOT, "about %.0f minutes", seconds / MINUTE)
                : String.format(Locale.ROOT, "about %.1f hours", seconds / HOUR);
    }
}
