package org.sd15.pipeline.training.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/** What trainings of a part of a model would cost, by size and batch, and which of them fit into a memory. */
public final class TrainingEstimate {

    private static final int FLOAT = 4;

    /** The forward pass, and as much again for the gradients of what goes through, and of the weights. */
    private static final double PASSES = 3;

    /** Frozen weights have no gradients. */
    private static final double PASSES_OVER_FROZEN = 2;

    /** Share of all activations that belong to the last up block, the largest, and to the blocks' outputs. */
    private static final double LARGEST_BLOCK = 0.5;

    /**
     * What depends on the formulation.
     *
     * @param kept arrays kept for the backward pass
     * @param inVae the same in an autoencoder
     * @param ofPart bytes for each number of the part that is gone through, whatever learns: gradients of frozen weights,
     *     or room to repack
     * @param efficiency part of its matrix rate that a processor reaches
     */
    private record Means(ForwardCost.Kept kept, ForwardCost.Kept inVae, double ofPart, double efficiency) {

        private static final Means NATIVE = new Means(ForwardCost.Kept.NATIVE, ForwardCost.Kept.NATIVE, FLOAT, 0.25);
        private static final Means FUSED = new Means(ForwardCost.Kept.FUSED, ForwardCost.Kept.FUSED_IN_VAE, 0.25, 0.6);

        static Means of(ModelFiles files) {
            return files.execution() == Execution.NATIVE ? NATIVE : FUSED;
        }
    }

    /**
     * What a pass goes through.
     *
     * @param parameters their number
     * @param step between sides of pictures that are proposed, pixels
     * @param forward the cost with one picture of a width and a height in pixels
     */
    private record PartCost(long parameters, int step, BiFunction<Integer, Integer, ForwardCost> forward) {}

    /**
     * What is asked for.
     *
     * @param width of the pictures, pixels
     * @param height of the pictures, pixels
     * @param batch pictures a pass, those of a class included
     * @param accumulate passes a step
     * @param averaged whether an average of the weights is kept
     * @param checkpointing what a forward pass keeps for the backward pass
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

    private final Means means;
    private final PartCost part;
    private final long frozen;
    private final long trained;
    private final double passes;
    private final Remedy otherwise;

    private TrainingEstimate(Means means, PartCost part, long frozen, long trained, double passes, Remedy otherwise) {
        this.means = means;
        this.part = part;
        this.passes = passes;
        this.frozen = frozen;
        this.trained = trained;
        this.otherwise = otherwise;
    }

    /** Trainings of the UNet, the text encoder or additions to them. */
    public static TrainingEstimate of(ModelFiles files, Method method) throws IOException {
        UNetConfig config = files.unetConfig();
        ClipTextConfig text = files.textConfig();
        VaeConfig vae = files.vaeConfig();
        Means means = Means.of(files);
        long unet = length(UNet.parameters(config));
        long all = unet + length(ClipTextEncoder.parameters(text)) + length(Vae.parameters(vae));
        long trained = trained(config, text, method);
        int factor = vae.factor();
        PartCost part = new PartCost(
                unet,
                8 * factor,
                (width, height) -> ForwardCost.ofUNet(
                        config, height / factor, width / factor, text.maxPositionEmbeddings(), means.kept()));
        boolean full = method instanceof Method.Full;
        return full
                ? new TrainingEstimate(means, part, all - trained, trained, PASSES, new Remedy.Lora())
                : new TrainingEstimate(means, part, all, trained, PASSES_OVER_FROZEN, new Remedy.None());
    }

    /** Trainings of the autoencoder, all of it; nothing else is loaded. */
    public static TrainingEstimate ofVae(ModelFiles files) throws IOException {
        VaeConfig config = files.vaeConfig();
        Means means = Means.of(files);
        long all = length(Vae.parameters(config));
        PartCost part = new PartCost(
                all, config.factor(), (width, height) -> ForwardCost.ofVae(config, height, width, means.inVae()));
        return new TrainingEstimate(means, part, 0, all, PASSES, new Remedy.None());
    }

    private static long trained(UNetConfig unet, ClipTextConfig text, Method method) {
        if (method instanceof Method.Full full) {
            List<ParameterSpec> chosen = new ArrayList<>(UNet.parameters(unet));
            chosen.removeIf(spec -> !full.trained().test(spec.name()));
            ClipTextEncoder.parameters(text).stream()
                    .filter(spec -> full.text().trains(spec.name()))
                    .forEach(chosen::add);
            return length(chosen);
        }
        if (method instanceof Method.Lora lora) {
            List<ParameterSpec> chosen =
                    new ArrayList<>(UNet.parameters(unet, Adapters.on(lora.modules(), lora.addition())));
            chosen.addAll(ClipTextEncoder.parameters(text, Adapters.on(lora::inTextEncoder, lora.addition())));
            chosen.removeIf(spec -> !AdaptedLayers.isLora(spec.name()));
            return length(chosen);
        }
        return (long) ((Method.Inversion) method).vectors() * text.hiddenSize();
    }

    private static long length(List<ParameterSpec> specs) {
        return specs.stream().mapToLong(ParameterSpec::length).sum();
    }

    /** The cost of a plan. */
    public TrainingCost of(Plan plan) {
        boolean twice = plan.checkpointing() == Checkpointing.BLOCKS; // the way there
        ForwardCost pass = part.forward().apply(plan.width(), plan.height());
        double kept = pass.activations() * (twice ? LARGEST_BLOCK : 1);
        return new TrainingCost(
                (double) FLOAT * frozen,
                trained,
                FLOAT * (plan.averaged() ? 5 : 4),
                FLOAT * kept * plan.batch() + means.ofPart() * part.parameters(),
                (twice ? passes + 1 : passes) * pass.flops() * plan.batch() * plan.accumulate(),
                means.efficiency());
    }

    /**
     * Makes sure that a plan fits into the memory.
     *
     * @param limit bytes that there are
     * @throws TooLittleMemoryException if not; it says what would
     */
    public TrainingCost require(Plan plan, double limit) {
        TrainingCost cost = of(plan);
        if (cost.bytes() > limit) {
            throw new TooLittleMemoryException(cost.bytes(), limit, remedy(plan, limit));
        }
        return cost;
    }

    private Remedy remedy(Plan plan, double limit) {
        for (int batch = plan.batch() - 1; batch > 0; batch--) {
            if (of(plan.withBatch(batch)).bytes() <= limit) {
                return new Remedy.SmallerBatch(batch, plan.accumulate() * ((plan.batch() + batch - 1) / batch));
            }
        }
        for (int side = Math.min(plan.width(), plan.height()) / part.step() * part.step();
                side > 0;
                side -= part.step()) {
            if (of(plan.withSide(side)).bytes() <= limit) {
                return new Remedy.SmallerPictures(side);
            }
        }
        return otherwise;
    }
}
