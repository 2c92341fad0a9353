package org.sd15.pipeline.denoise;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Scheduler;

/**
 * How a run is computed, whatever it draws or edits: scheduler, steps, guidance, randomness, size. Immutable; each method
 * returns settings that differ in one thing and keep the rest. The defaults are diffusers': 50 steps, guidance 7.5; the
 * seed is 42.
 *
 * @param scheduler the sampler's kind; null for what is usual: the model's own to draw, DDIM to edit
 * @param steps sampler steps, at least 1
 * @param guidance classifier-free guidance
 * @param clipSkip layers of the text encoder that are left out at the end
 * @param promptStyle how all prompts are written
 * @param seeds of torch's generator: one for all pictures together, or one a picture
 * @param height of the pictures in pixels; null for the model's own, or that of a given picture
 * @param width of the pictures in pixels; null likewise
 * @param latents start noise of unit variance instead of the seed's, {@code [pictures, 4, h, w]}, or null
 * @param noise of stochastic steps instead of the seed's, {@code [steps, pictures, 4, h, w]}, or null
 * @param methods what steers and observes the run, in order
 */
public record RunSettings(
        @Nullable Scheduler scheduler,
        int steps,
        Guidance guidance,
        int clipSkip,
        PromptStyle promptStyle,
        List<Long> seeds,
        @Nullable Integer height,
        @Nullable Integer width,
        @Nullable INDArray latents,
        @Nullable INDArray noise,
        List<EditMethod> methods) {

    /** 50 steps, guidance 7.5, seed 42. */
    public static final RunSettings DEFAULT = new RunSettings(
            null, 50, new Guidance(7.5, 0), 0, PromptStyle.PLAIN, List.of(42L), null, null, null, null, List.of());

    /** Checks what can be checked without a model. */
    public RunSettings {
        seeds = List.copyOf(seeds);
        methods = List.copyOf(methods);
        if (steps < 1) {
            throw new IllegalArgumentException("%d steps, at least 1 is needed".formatted(steps));
        }
        if (clipSkip < 0) {
            throw new IllegalArgumentException("clip skip is %d, must be 0 or more layers".formatted(clipSkip));
        }
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException("no seed: give one, or one a picture");
        }
    }

    /**
     * These settings with another scheduler.
     *
     * @param other from {@code model.scheduler(name)}, or a user-defined one; null for the usual one: the model's own to
     *     draw, DDIM to edit
     */
    public RunSettings scheduler(@Nullable Scheduler other) {
        return change(draft -> draft.scheduler = other);
    }

    /**
     * These settings with other sampler steps.
     *
     * @param number at least 1; a scheduler of second order calls the model more often
     * @throws IllegalArgumentException if it is less
     */
    public RunSettings steps(int number) {
        return change(draft -> draft.steps = number);
    }

    /**
     * These settings with another scale of classifier-free guidance.
     *
     * @param scale w of {@link Guidance}; at 1 or less the unconditional rows are not computed
     * @throws IllegalArgumentException if it is not a finite number
     */
    public RunSettings guidance(double scale) {
        return change(draft -> draft.guidance = new Guidance(scale, draft.guidance.rescale()));
    }

    /**
     * These settings with another rescaling of the guided prediction, see {@link Guidance}.
     *
     * @param share from 0, which leaves it as it is, to 1, which gives it the standard deviation of the conditional one
     * @throws IllegalArgumentException if it is outside of these
     */
    public RunSettings guidanceRescale(double share) {
        return change(draft -> draft.guidance = new Guidance(draft.guidance.scale(), share));
    }

    /**
     * These settings with text states from an earlier layer of the text encoder.
     *
     * @param layers how many layers are left out at the end, from 0; diffusers counts alike, the web UI one more
     * @throws IllegalArgumentException if it is negative
     */
    public RunSettings clipSkip(int layers) {
        return change(draft -> draft.clipSkip = layers);
    }

    /** These settings for prompts that are written in another style, negative ones too. */
    public RunSettings promptStyle(PromptStyle style) {
        return change(draft -> draft.promptStyle = style);
    }

    /**
     * These settings with another seed.
     *
     * @param number seed of torch's CPU generator for all pictures together; a negative one is what torch makes of it
     */
    public RunSettings seed(long number) {
        return seeds(number);
    }

    /**
     * These settings with other seeds.
     *
     * @param numbers one for all pictures together, or one a picture, which makes each what it is alone
     * @throws IllegalArgumentException if there is none
     */
    public RunSettings seeds(long... numbers) {
        return change(draft -> draft.seeds = Arrays.stream(numbers).boxed().toList());
    }

    /**
     * These settings for another size.
     *
     * @param width in pixels, a multiple of the autoencoder's factor, 8 in Stable Diffusion 1.x; null for the model's own
     * @param height likewise
     */
    public RunSettings size(@Nullable Integer width, @Nullable Integer height) {
        return change(draft -> {
            draft.width = width;
            draft.height = height;
        });
    }

    /**
     * These settings with given start noise.
     *
     * @param start of unit variance, {@code [pictures, 4, h, w]}; the scheduler scales it. Null for the seed's
     */
    public RunSettings latents(@Nullable INDArray start) {
        return change(draft -> draft.latents = start);
    }

    /**
     * These settings with given noise of stochastic steps.
     *
     * @param draws of unit variance, in the order of drawing, {@code [steps, pictures, 4, h, w]}; null for the seed's
     */
    public RunSettings noise(@Nullable INDArray draws) {
        return change(draft -> draft.noise = draws);
    }

    /** These settings with one more method that steers or observes the run, after those that are there. */
    public RunSettings with(EditMethod method) {
        return change(draft -> draft.methods.add(method));
    }

    /** These settings with one more program, made for this very run, after the methods that are there. */
    public RunSettings program(EditProgram program) {
        return with(program);
    }

    /**
     * The programs of the methods in a run.
     *
     * @param stage what the methods have to know of the run
     * @return in the order in which they act
     * @throws IllegalArgumentException if a method does not fit the run
     */
    public List<EditProgram> programs(Stage stage) {
        return methods.stream().map(method -> method.over(stage)).toList();
    }

    /**
     * Makes sure that no size is set where a given picture has its own.
     *
     * @throws IllegalArgumentException if one is
     */
    public void requireNoSize() {
        if (height != null || width != null) {
            throw new IllegalArgumentException(
                    "the size is set to %s x %s (width x height), but a picture is given, which has its own: resize it first"
                            .formatted(width, height));
        }
    }

    /**
     * Makes sure that nothing is set which the inversion of a given picture decides: size, start noise, scheduler.
     *
     * @throws IllegalArgumentException if one is
     */
    public void requireNoStart() {
        requireNoSize();
        if (latents != null) {
            throw new IllegalArgumentException(
                    "start noise is given, but so is a picture, and the run starts from its inversion: give one of the two");
        }
        if (scheduler != null && !(scheduler instanceof DdimScheduler)) {
            throw new IllegalArgumentException(
                    "a given picture is drawn again by the steps of its inversion, another scheduler can't be chosen");
        }
    }

    private RunSettings change(Consumer<RunSettingsDraft> change) {
        RunSettingsDraft draft = new RunSettingsDraft(this);
        change.accept(draft);
        return draft.settings();
    }
}
