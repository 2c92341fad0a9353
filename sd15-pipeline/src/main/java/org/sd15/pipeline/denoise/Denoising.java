package org.sd15.pipeline.denoise;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.attention.session.NumberCheck;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.StepResult;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;
import org.sd15.unet.UNetOutput;

/**
 * The loop that makes latents out of noise, as an iterator: nothing happens between two calls of {@link #next()}, so
 * progress, previews and stopping early are the caller's. For one thread at a time: another that asks for a step meanwhile
 * gets an {@link IllegalStateException}.
 */
public final class Denoising implements Iterator<DenoisingStep> {

    /**
     * What a run is built from.
     *
     * @param sampler the steps
     * @param guidance how the rows of the prediction are combined
     * @param context text states, {@code [rows, tokens, width]}, as many rows for each picture as there are texts for it;
     *     unconditional rows first where guided
     * @param program what steers and observes the run
     * @param noise for stochastic steps
     * @param extraChannels what the model sees besides the latents, {@code [pictures or rows, channels, h, w]}, or null
     */
    public record Inputs(
            Sampler sampler,
            RowGuidance guidance,
            INDArray context,
            EditProgram program,
            NoiseSource noise,
            @Nullable INDArray extraChannels) {}

    private final UNet unet;
    private final Inputs inputs;
    private final AttentionPlan plan;
    private final INDArray start;
    private final ExclusiveUse access = new ExclusiveUse("the run");
    private INDArray latents;
    private int next;

    /**
     * A run that has not begun.
     *
     * @param start latents of the first step, {@code [pictures, 4, h, w]}, at the noise level of the sampler's first call
     */
    public Denoising(UNet unet, Inputs inputs, INDArray start) {
        this.unet = unet;
        this.inputs = inputs;
        this.start = start;
        this.latents = start;
        int tokens = Math.toIntExact(inputs.context.size(1));
        this.plan = inputs.program.plan(
                AttentionPlan.PLAIN,
                unet.sites(Math.toIntExact(start.size(2)), Math.toIntExact(start.size(3)), tokens));
    }

    /** The number of steps. */
    public int count() {
        return inputs.sampler.calls();
    }

    /** The latents as the loop begins, {@code [pictures, 4, h, w]}. */
    public INDArray start() {
        return start;
    }

    /** The latents after the steps done so far, {@code [pictures, 4, h, w]}. */
    public INDArray latents() {
        return latents;
    }

    @Override
    public boolean hasNext() {
        return next < count();
    }

    /**
     * Does one step.
     *
     * @throws java.util.NoSuchElementException if all are done
     * @throws IllegalStateException if another thread is inside a step
     * @throws ArithmeticException if a number is no longer finite; the message names the step
     */
    @Override
    public DenoisingStep next() {
        return access.call(this::nextAlone);
    }

    private DenoisingStep nextAlone() {
        if (!hasNext()) {
            throw new NoSuchElementException("all %d steps are done".formatted(count()));
        }
        int step = next;
        latents = inputs.program.beforeStep(step, latents, UNetAtStep.of(unet, inputs, step, latents.size(0)));
        INDArray prediction = inStep(step, this::predict);
        Sampler sampler = inputs.sampler;
        INDArray noise = sampler.drawsNoise(step) ? inputs.noise.draw(step, latents.shape()) : null;
        requireFinite(step, "the guided prediction", prediction);
        StepResult result = sampler.step(step, prediction, latents, noise);
        requireFinite(step, "the sample", result.prevSample());
        latents = inputs.program.afterStep(step, result.prevSample());
        next = step + 1;
        return new DenoisingStep(step, count(), sampler.timestep(step), latents, result.predOriginalSample());
    }

    private INDArray predict(int step) {
        INDArray context = inputs.program.context(step, inputs.context);
        int texts = Math.toIntExact(context.size(0) / latents.size(0));
        INDArray rows = BatchAxis.repeat(inputs.sampler.scaleModelInput(step, latents), texts);
        INDArray extra = inputs.extraChannels;
        if (extra != null) {
            rows = Nd4j.concat(1, rows, extra.size(0) == rows.size(0) ? extra : BatchAxis.repeat(extra, texts));
        }
        UNetInput input = UNetInput.of(rows, inputs.sampler.timestep(step), context);
        AttentionControl control = inputs.program.control(step, AttentionControl.identity(input.batch()));
        UNetOutput output = unet.predict(input, plan, control, List.copyOf(inputs.program.taps(step)));
        inputs.program.observe(step, output.taps());
        output.taps().values().forEach(INDArray::close);
        return inputs.program.combineNoise(step, output.sample(), inputs.guidance.apply(output.sample()));
    }

    private void requireFinite(int step, String what, INDArray values) {
        inStep(step, number -> {
            NumberCheck.require(what, values);
            return values;
        });
    }

    /** Says in which step numbers were lost. */
    private INDArray inStep(int step, IntFunction<INDArray> compute) {
        try {
            return compute.apply(step);
        } catch (ArithmeticException lost) {
            throw new ArithmeticException("step %d of %d: %s".formatted(step + 1, count(), lost.getMessage()));
        }
    }

    /**
     * Does all remaining steps.
     *
     * @param listener called after each step
     * @return the final latents, {@code [pictures, 4, h, w]}
     * @throws ArithmeticException if a number is no longer finite; the message names the step
     */
    public INDArray finish(Consumer<DenoisingStep> listener) {
        forEachRemaining(listener);
        return latents;
    }

    /**
     * Does all remaining steps.
     *
     * @return the final latents, {@code [pictures, 4, h, w]}
     * @throws ArithmeticException if a number is no longer finite; the message names the step
     */
    public INDArray finish() {
        return finish(step -> {});
    }
}
