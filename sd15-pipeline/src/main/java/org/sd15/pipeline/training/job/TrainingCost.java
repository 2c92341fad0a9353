package org.sd15.pipeline.training.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.UNet;

/**
 * What a training needs, counted from configurations: nothing is loaded for it.
 *
 * @param frozen bytes of weights that stay as they are; mapped from their files
 * @param trained parameters that learn
 * @param perParameter bytes for each of them: itself, its gradient, two moments, its average perhaps
 * @param activations bytes of what a pass keeps for its way back, and of gradients of frozen weights where ND4J makes some
 * @param flops floating-point operations of a step
 * @param efficiency part of its matrix rate that a processor reaches
 */
public record TrainingCost(
        double frozen, long trained, int perParameter, double activations, double flops, double efficiency) {

    private static final int FLOAT = 4;

    /** Classes, code, buffers of the libraries and small arrays. */
    private static final double PROGRAM = 0.85e9;

    /** Forward, and twice that for the way back. */
    private static final double PASSES = 3;

    /** Part of all activations that belong to the last block on the way up, the largest, and to what blocks hand on. */
    private static final double LARGEST_BLOCK = 0.5;

    /**
     * What depends on the formulation.
     *
     * @param kept arrays for the way back
     * @param ofFrozen bytes for each number of the UNet, whatever learns: gradients of frozen weights, or room to repack
     * @param efficiency part of its matrix rate that a processor reaches
     */
    private record Means(UNetCost.Kept kept, double ofFrozen, double efficiency) {

        private static final Means NATIVE = new Means(UNetCost.Kept.NATIVE, FLOAT, 0.25);
        private static final Means FUSED = new Means(UNetCost.Kept.FUSED, 0.25, 0.5);

        static Means of(ModelFiles files) {
            return files.execution() == Execution.NATIVE ? NATIVE : FUSED;
        }
    }

    /** Seconds of a pass that no size reduces: some six thousand operations are called. */
    private static final double CALLS = 0.2;

    /**
     * What is asked for.
     *
     * @param width of the pictures, pixels
     * @param height of the pictures, pixels
     * @param batch pictures a pass, those of a class included
     * @param accumulate passes a step
     * @param averaged whether an average of the weights is kept
     * @param checkpointing what a pass keeps for its way back
     */
    public record Plan(
            int width, int height, int batch, int accumulate, boolean averaged, Checkpointing checkpointing) {

        /** A plan without checkpointing. */
        public Plan(int width, int height, int batch, int accumulate, boolean averaged) {
            this(width, height, batch, accumulate, averaged, Checkpointing.NONE);
        }

        Plan withBatch(int other) {
            return new Plan(width, height, other, accumulate, averaged, checkpointing);
        }

        Plan withSide(int side) {
            return new Plan(side, side, 1, accumulate, averaged, checkpointing);
        }
    }

    /** The cost of a plan for a model. */
    public static TrainingCost of(ModelFiles files, Method method, Plan plan) throws IOException {
        int factor = files.vaeConfig().factor();
        Means means = Means.of(files);
        UNetCost unet = UNetCost.of(
                files.unetConfig(),
                plan.height() / factor,
                plan.width() / factor,
                files.textConfig().maxPositionEmbeddings(),
                means.kept());
        long all = length(UNet.parameters(files.unetConfig()))
                + length(ClipTextEncoder.parameters(files.textConfig()))
                + length(Vae.parameters(files.vaeConfig()));
        long trained = trained(files, method);
        long frozen = method instanceof Method.Full ? all - trained : all;
        int arrays = plan.averaged() ? 5 : 4;
        return new TrainingCost(
                (double) FLOAT * frozen,
                trained,
                arrays * FLOAT,
                FLOAT * kept(unet, plan.checkpointing()) * plan.batch()
                        + means.ofFrozen() * length(UNet.parameters(files.unetConfig())),
                passes(plan.checkpointing()) * unet.flops() * plan.batch() * plan.accumulate(),
                means.efficiency());
    }

    private static double kept(UNetCost unet, Checkpointing checkpointing) {
        return checkpointing == Checkpointing.BLOCKS ? LARGEST_BLOCK * unet.activations() : unet.activations();
    }

    /** With checkpointing the way there is gone twice. */
    private static double passes(Checkpointing checkpointing) {
        return checkpointing == Checkpointing.BLOCKS ? PASSES + 1 : PASSES;
    }

    private static long trained(ModelFiles files, Method method) throws IOException {
        var text = ClipTextEncoder.parameters(files.textConfig());
        if (method instanceof Method.Full full) {
            List<ParameterSpec> chosen = new ArrayList<>(UNet.parameters(files.unetConfig()));
            chosen.removeIf(spec -> !full.trained().test(spec.name()));
            text.stream().filter(spec -> full.text().trains(spec.name())).forEach(chosen::add);
            return length(chosen);
        }
        if (method instanceof Method.Lora lora) {
            List<ParameterSpec> chosen =
                    new ArrayList<>(UNet.parameters(files.unetConfig(), Adapters.on(lora.modules(), lora.addition())));
            chosen.addAll(
                    ClipTextEncoder.parameters(files.textConfig(), Adapters.on(lora::inTextEncoder, lora.addition())));
            chosen.removeIf(spec -> !AdaptedLayers.isLora(spec.name()));
            return length(chosen);
        }
        return (long) ((Method.Inversion) method).vectors() * files.textConfig().hiddenSize();
    }

    private static long length(List<ParameterSpec> specs) {
        return specs.stream().mapToLong(ParameterSpec::length).sum();
    }

    /** Bytes of memory in all. */
    public double bytes() {
        return PROGRAM + frozen + (double) trained * perParameter + activations;
    }

    /**
     * Seconds a step, roughly.
     *
     * @param rate floating-point operations a second of a large product of matrices on this machine
     * @param passes passes a step
     */
    public double seconds(double rate, int passes) {
        return flops / (efficiency * rate) + CALLS * passes;
    }

    /**
     * Makes sure that a plan fits into the memory.
     *
     * @param limit bytes that there are
     * @throws IllegalArgumentException if not; the message says what would
     */
    public static TrainingCost require(ModelFiles files, Method method, Plan plan, double limit) throws IOException {
        TrainingCost cost = of(files, method, plan);
        if (cost.bytes() > limit) {
            throw new IllegalArgumentException("this training needs about %.1f GB of memory, there are %.1f: %s"
                    .formatted(cost.bytes() / 1e9, limit / 1e9, alternative(files, method, plan, limit)));
        }
        return cost;
    }

    private static String alternative(ModelFiles files, Method method, Plan plan, double limit) throws IOException {
        for (int batch = plan.batch() - 1; batch > 0; batch--) {
            if (of(files, method, plan.withBatch(batch)).bytes() <= limit) {
                return "--batch %d would fit (with --accumulate %d for as many pictures a step)"
                        .formatted(batch, plan.accumulate() * ((plan.batch() + batch - 1) / batch));
            }
        }
        int step = 8 * files.vaeConfig().factor();
        for (int side = Math.min(plan.width(), plan.height()) / step * step; side > 0; side -= step) {
            if (of(files, method, plan.withSide(side)).bytes() <= limit) {
                return "--batch 1 --resolution %d would fit".formatted(side);
            }
        }
        return method instanceof Method.Full
                ? "train lora needs memory for the frozen weights and a pass only"
                : "nothing smaller would fit either";
    }

    @Override
    public String toString() {
        return "%,d parameters learn; memory about %.1f GB: %.2f frozen weights, %.2f trained with gradients and moments, %.2f for a pass"
                .formatted(
                        trained, bytes() / 1e9, frozen / 1e9, (double) trained * perParameter / 1e9, activations / 1e9);
    }
}
