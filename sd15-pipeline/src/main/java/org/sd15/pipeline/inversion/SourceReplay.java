package org.sd15.pipeline.inversion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.Fingerprint;
import org.sd15.pipeline.denoise.Guidance;
import org.sd15.pipeline.denoise.NoiseSource;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.schedule.Sampler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reconstruction of an inverted picture, as a part of a run: the source is picture 0.
 *
 * @param model draws
 * @param inversion of one picture
 * @param replay what keeps the source on its way
 * @param skipped steps left out at the noisy end
 * @param sampler of the run
 * @param known how well it comes back, or null
 */
public record SourceReplay(
        Components model,
        Inversion inversion,
        Replay replay,
        int skipped,
        Sampler sampler,
        @Nullable Reconstruction known) {

    private static final Logger LOG = LoggerFactory.getLogger(SourceReplay.class);

    /** The replay of an inversion, on the sampler that it was made with; warns if the UNet is another one. */
    public static SourceReplay of(Components model, Inversion inversion, SourcePicture given) {
        int skipped = (int) (given.skip() * inversion.steps());
        Sampler sampler = inversion.schedule().sampler(model.schedulerConfig(), skipped);
        Map<String, String> provenance = inversion.source().provenance();
        if (provenance.containsKey("unet") && !Fingerprint.of(model.unet()).equals(provenance.get("unet"))) {
            LOG.warn("the inversion was made with another UNet; the picture may not come back");
        }
        Reconstruction known = given instanceof InvertedPicture inverted ? inverted.known() : null;
        return new SourceReplay(model, inversion, given.replay(), skipped, sampler, known);
    }

    /** Where a run starts, {@code [1, 4, h, w]}. */
    public INDArray start() {
        return inversion.level(inversion.steps() - skipped);
    }

    /** The texts of a run whose first prompt is the source's. */
    public RunFactory.Texts texts(List<String> prompts) {
        String negative = replay == Replay.NEGATIVE_PROMPT ? inversion.prompt() : "";
        return new RunFactory.Texts(prompts, Collections.nCopies(prompts.size(), negative));
    }

    /** What has to happen to the source in every step. */
    public List<EditProgram> programs(Guidance guidance) {
        List<EditProgram> programs = new ArrayList<>();
        double scale = guidance.guided() ? guidance.scale() : 1;
        if (!inversion.noiseMaps().isEmpty() && inversion.source().guidance() != scale) {
            programs.add(new SourceGuidance(inversion.source().guidance()));
        }
        if (!inversion.nullTexts().isEmpty() && guidance.guided()) {
            programs.add(new NullTexts(inversion, skipped));
        }
        if (replay == Replay.HELD) {
            programs.add(new SourceTrajectory(inversion, skipped));
        }
        return programs;
    }

    /** The noise maps for all pictures alike, or noise of the seeds. */
    public NoiseSource noise(RunSettings settings) {
        if (inversion.noiseMaps().isEmpty()) {
            return (step, shape) -> {
                throw new IllegalStateException("DDIM draws no noise");
            };
        }
        return (step, shape) -> {
            INDArray[] all = new INDArray[Math.toIntExact(shape[0])];
            Arrays.fill(all, inversion.noiseMaps().get(skipped + step));
            return Nd4j.concat(0, all);
        };
    }

    /** Draws the source alone, unless it is known or certain what comes of it, and warns if that is bad. */
    public Reconstruction reconstruction(RunFactory runs, RunSettings settings) {
        Reconstruction report = Objects.requireNonNullElseGet(known, () -> measure(runs, settings, step -> {}));
        warn(report);
        return report;
    }

    /** Warns of a bad report. */
    public static void warn(Reconstruction report) {
        report.warning().ifPresent(LOG::warn);
    }

    /** Draws the source alone, unless it is certain what comes of it, whatever is known. */
    public Reconstruction measure(RunFactory runs, RunSettings settings, Consumer<DenoisingStep> listener) {
        INDArray latents = replay == Replay.HELD ? inversion.level(0) : redrawn(runs, settings, listener);
        return compare(model, inversion, latents);
    }

    /** Compares latents that came back with those of the pictures. */
    public static Reconstruction compare(Components model, Inversion inversion, INDArray latents) {
        INDArray truth = inversion.level(0);
        INDArray decodedTruth = model.decode(truth);
        INDArray decoded = latents.equals(truth) ? decodedTruth : model.decode(latents);
        INDArray given = inversion.source().pictures();
        return Reconstruction.of(given == null ? decodedTruth : given, decoded, decodedTruth, latents, truth);
    }

    private INDArray redrawn(RunFactory runs, RunSettings settings, Consumer<DenoisingStep> listener) {
        EditProgram program = EditProgram.chain(programs(settings.guidance()));
        return runs.denoise(sampler, settings, texts(List.of(inversion.prompt())), program, noise(settings), start())
                .finish(listener);
    }
}
