package org.sd15.pipeline.denoise;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;

/**
 * Edits of several pictures in one batch, each as if it were alone.
 *
 * @param model the model
 * @param settings steps, guidance and scheduler of all; DDIM if no scheduler is named
 * @param tokens of the text states of all
 */
public record JointRun(Components model, RunSettings settings, int tokens) {

    /**
     * One edit.
     *
     * @param prompts of its pictures
     * @param start what they start from, {@code [pictures, 4, h, w]}
     * @param program made for these pictures alone
     */
    public record Share(List<String> prompts, INDArray start, EditProgram program) {}

    /**
     * For requests that agree on steps, guidance, scheduler, clip skip and prompt style.
     *
     * @param prompts of all pictures: the text states of each are filled up to the length of the longest
     * @throws IllegalArgumentException if they don't
     */
    public static JointRun of(Components model, List<RunSettings> all, List<String> prompts) {
        RunSettings first = all.get(0);
        for (RunSettings other : all) {
            requireSame("steps", first.steps(), other.steps());
            requireSame("guidance", first.guidance(), other.guidance());
            requireSame("scheduler", first.scheduler(), other.scheduler());
            requireSame("clip skip", first.clipSkip(), other.clipSkip());
            requireSame("prompt style", first.promptStyle(), other.promptStyle());
        }
        JointRun run = new JointRun(model, first, 0);
        List<String> texts = run.schedule(run.sampler()).all(prompts);
        return new JointRun(model, first, new ConstantTexts(model, first.promptStyle()).tokens(texts));
    }

    /** What prompts say in each call. */
    public PromptSchedule schedule(Sampler sampler) {
        return new PromptSchedule(settings.promptStyle(), sampler.calls());
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
    public Denoising of(Sampler sampler, List<Share> shares) {
        List<String> prompts =
                shares.stream().flatMap(share -> share.prompts.stream()).toList();
        return runs().denoise(sampler, settings, prompts, program(shares), together(shares));
    }

    /** Under text states of their own, {@code [rows, tokens, width]}. */
    public Denoising of(Sampler sampler, List<Share> shares, INDArray context) {
        INDArray start = together(shares);
        PictureRandom random = PictureRandom.of(settings.seeds(), Math.toIntExact(start.size(0)));
        NoiseSource noise = RunFactory.noise(sampler, settings, random);
        var inputs = new Denoising.Inputs(sampler, settings.guidance(), context, program(shares), noise, null);
        return new Denoising(model.unet(), inputs, start);
    }

    private EditProgram program(List<Share> shares) {
        List<SideBySide.Member> members = shares.stream()
                .map(share -> new SideBySide.Member(share.program, share.prompts.size()))
                .toList();
        return shares.size() == 1
                ? shares.get(0).program
                : new SideBySide(members, settings.guidance().guided());
    }

    private static INDArray together(List<Share> shares) {
        INDArray first = shares.get(0).start;
        for (Share share : shares) {
            if (share.start.size(2) != first.size(2) || share.start.size(3) != first.size(3)) {
                throw new IllegalArgumentException("latents of %s and of %s can't share a batch: edit them one by one"
                        .formatted(Arrays.toString(first.shape()), Arrays.toString(share.start.shape())));
            }
        }
        return Nd4j.concat(0, shares.stream().map(Share::start).toArray(INDArray[]::new));
    }

    /** What methods have to know of one edit. */
    public Stage stage(Sampler sampler, INDArray start, int pictures) {
        return runs().stage(sampler, start, pictures, settings.guidance());
    }

    /** Runs with as many tokens as this one. */
    public RunFactory runs() {
        return new RunFactory(model, tokens);
    }

    /** Text states of prompts of this run, {@code [prompts, tokens, width]}. */
    public INDArray encode(List<String> prompts, int clipSkip) {
        return new ConstantTexts(model, settings.promptStyle()).encode(prompts, clipSkip, tokens);
    }
}
