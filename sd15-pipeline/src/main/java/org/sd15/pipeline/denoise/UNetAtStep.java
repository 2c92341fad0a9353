package org.sd15.pipeline.denoise;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetGradients;
import org.sd15.unet.UNetInput;

/**
 * The UNet at one step of a run, each picture under its own prompt.
 *
 * @param context text states of the pictures, {@code [pictures, tokens, width]}
 * @param extraChannels what the model sees besides the latents, {@code [pictures, channels, h, w]}, or null
 */
record UNetAtStep(
        UNet unet,
        Sampler sampler,
        int step,
        INDArray context,
        @Nullable INDArray extraChannels) implements StepModel {

    /** For all pictures of a run. */
    static UNetAtStep of(UNet unet, Denoising.Inputs inputs, int step, long pictures) {
        INDArray extra = inputs.extraChannels();
        return new UNetAtStep(
                unet,
                inputs.sampler(),
                step,
                last(inputs.program().context(step, inputs.context()), pictures),
                extra == null ? null : last(extra, pictures));
    }

    /** The rows under the prompts. */
    private static INDArray last(INDArray rows, long pictures) {
        return rows.get(NDArrayIndex.interval(rows.size(0) - pictures, rows.size(0)))
                .dup('c');
    }

    @Override
    public Map<String, INDArray> maps(INDArray latents, Collection<String> names) {
        return unet.read(input(latents), names);
    }

    @Override
    public INDArray gradient(INDArray latents, Map<String, INDArray> cotangents) {
        UNetInput input = input(latents);
        AttentionControl none = AttentionControl.identity(input.batch());
        UNetGradients gradients = unet.vjp(input, AttentionPlan.PLAIN, none, cotangents);
        INDArray ofLatents = gradients.sample().get(NDArrayIndex.all(), NDArrayIndex.interval(0, latents.size(1)));
        // What a scheduler does to the sample is to multiply it by a number, so it does the same to the slope.
        INDArray slope = sampler.scaleModelInput(step, ofLatents);
        gradients.sample().close();
        gradients.context().close();
        return slope;
    }

    @Override
    public StepModel pictures(int first, int count) {
        var rows = NDArrayIndex.interval(first, first + count);
        INDArray extra = extraChannels == null ? null : extraChannels.get(rows).dup('c');
        return new UNetAtStep(unet, sampler, step, context.get(rows).dup('c'), extra);
    }

    private UNetInput input(INDArray latents) {
        INDArray sample = sampler.scaleModelInput(step, latents);
        INDArray whole = extraChannels == null ? sample : Nd4j.concat(1, sample, extraChannels);
        return UNetInput.of(whole, sampler.timestep(step), context);
    }
}
