package org.sd15.pipeline.denoise;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;

/**
 * Edits of several pictures in one batch, each as if it were alone.
 *
 * @param model the model
 * @param settings steps, guidance and scheduler of all; DDIM if no scheduler is named
 */
public record JointRun(Components model, RunSettings settings) {

    /**
     * One edit.
     *
     * @param prompts of its pictures
     * @param start what they start from, {@code [pictures, 4, h, w]}
     * @param program made for these pictures alone
     */
    public record Part(List<String> prompts, INDArray start, EditProgram program) {}

    /**
     * For requests that agree on steps, guidance, scheduler and clip skip.
     *
     * @throws IllegalArgumentException if they don't
     */
    public static JointRun of(Components model, List<RunSettings> all) {
        RunSettings first = all.get(0);
        for (RunSettings other : all) {
            requireSame("steps", first.steps(), other.steps());
            requireSame("guidance", first.guidance(), other.guidance());
            requireSame("scheduler", first.scheduler(), other.scheduler());
            requireSame("clip skip", first.clipSkip(), other.clipSkip());
        }
        return new JointRun(model, first);
    }

    /** Makes sure that two requests agree on something that a batch has only once. */
    public static void requireSame(String what, @Nullable Object one, @Nullable Object other) {
        if (!Objects.equals(one, other)) {
            throw new IllegalArgumentException(
                    "%s %s and %s can't share a batch: let them agree, or edit one by one".formatted(what, one, other));
        }
    }

    /** The sampler that all edits share. */
    public Sampler sampler() {
        return Objects.requireNonNullElseGet(settings.scheduler(), () -> new DdimScheduler(model.schedulerConfig()))
                .sampler(settings.steps());
    }

    /** The run of all edits, each under its own prompts. */
    public Denoising of(Sampler sampler, List<Part> parts) {
        List<String> prompts =
                parts.stream().flatMap(part -> part.prompts.stream()).toList();
        return new RunFactory(model).denoise(sampler, settings, prompts, program(parts), together(parts));
    }

    /** Under text states of their own, {@code [rows, tokens, width]}. */
    public Denoising of(Sampler sampler, List<Part> parts, INDArray context) {
        INDArray start = together(parts);
        PictureRandom random = PictureRandom.of(settings.seeds(), Math.toIntExact(start.size(0)));
        NoiseSource noise = RunFactory.noise(sampler, settings, random);
        var setup = new Denoising.Setup(sampler, settings.guidance(), context, program(parts), noise, null);
        return new Denoising(model.unet(), setup, start);
    }

    private EditProgram program(List<Part> parts) {
        List<SideBySide.Member> members = parts.stream()
                .map(part -> new SideBySide.Member(part.program, part.prompts.size()))
                .toList();
        return parts.size() == 1
                ? parts.get(0).program
                : new SideBySide(members, settings.guidance().guided());
    }

    private static INDArray together(List<Part> parts) {
        INDArray first = parts.get(0).start;
        for (Part part : parts) {
            if (part.start.size(2) != first.size(2) || part.start.size(3) != first.size(3)) {
                throw new IllegalArgumentException("latents of %s and of %s can't share a batch: edit them one by one"
                        .formatted(Arrays.toString(first.shape()), Arrays.toString(part.start.shape())));
            }
        }
        return Nd4j.concat(0, parts.stream().map(Part::start).toArray(INDArray[]::new));
    }

    /** The same latents for several pictures. */
    public static INDArray repeated(INDArray one, int pictures) {
        INDArray[] all = new INDArray[pictures];
        Arrays.fill(all, one);
        return Nd4j.concat(0, all);
    }

    /** What methods have to know of one edit. */
    public Stage stage(Sampler sampler, INDArray start, int pictures) {
        return new RunFactory(model).stage(sampler, start, pictures, settings.guidance());
    }
}
