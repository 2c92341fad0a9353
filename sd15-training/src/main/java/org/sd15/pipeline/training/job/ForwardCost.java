package org.sd15.pipeline.training.job;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/**
 * What a forward pass costs, counted from the shapes of the parameters and where they are used.
 *
 * @param flops floating-point operations a picture, two a multiplication
 * @param activations numbers a picture that a backward pass needs again
 */
record ForwardCost(double flops, double activations) {

    /**
     * How much is kept for the backward pass.
     *
     * @param ofALayer arrays of the size of a layer's output
     * @param ofAGate the same of the layer before a GEGLU
     * @param ofANorm arrays of the size of a normalisation's output
     * @param ofAMap arrays of the size of an attention map
     */
    record Kept(double ofALayer, double ofAGate, double ofANorm, double ofAMap) {

        /** The native formulation has an array for every small operation. */
        static final Kept NATIVE = new Kept(2, 4, 6, 3);

        /**
         * The fused one has results of layers, and their gradients in the backward pass; attention maps and what goes into a
         * GEGLU are computed again. Full fine-tuning of the full-size UNet at 64x64 was measured to hold 2.4 GB more than
         * at 16x16.
         */
        static final Kept FUSED = new Kept(2.5, 1.25, 2, 0);

        /**
         * An autoencoder has no skip connections. Training the full-size one was measured to hold 4.2 GB
         * more at 384 x 384 pixels than at 64 x 64.
         */
        static final Kept FUSED_IN_VAE = new Kept(1.3, 0, 1.1, 0);
    }

    /** The cost of a UNet at a size of the latents. */
    static ForwardCost ofUNet(UNetConfig config, int height, int width, int tokens, Kept keeps) {
        List<ParameterSpec> specs = UNet.parameters(config);
        Levels levels = new Levels(config.blockOutChannels().size(), height, width);
        ForwardCost layers = layers(specs, name -> unetPositions(name, levels, tokens), keeps);
        Map<String, ParameterSpec> byName =
                specs.stream().collect(Collectors.toMap(ParameterSpec::name, Function.identity()));
        ForwardCost sum = layers;
        for (AttentionSite site : config.sites(height, width, tokens)) {
            ParameterSpec query = Objects.requireNonNull(byName.get(site.path() + ".to_q.weight"));
            sum = sum.plus(attention(site.heads(), site.queries(), site.keys(), query.shape()[0], keeps));
        }
        return sum;
    }

    /** The cost of an autoencoder, there and back, at a size of the picture. */
    static ForwardCost ofVae(VaeConfig config, int height, int width, Kept keeps) {
        int last = config.blockOutChannels().size() - 1;
        Levels levels = new Levels(last + 1, height, width);
        double pixels = levels.pixels(last);
        ForwardCost attention =
                attention(1, pixels, pixels, config.blockOutChannels().get(last), keeps);
        return layers(Vae.parameters(config), name -> vaePositions(name, levels), keeps)
                .plus(attention)
                .plus(attention);
    }

    private static ForwardCost layers(List<ParameterSpec> specs, ToDoubleFunction<String> positions, Kept keeps) {
        double flops = 0;
        double kept = 0;
        for (ParameterSpec spec : specs) {
            long[] shape = spec.shape();
            double places = positions.applyAsDouble(spec.name());
            if (shape.length > 1) {
                flops += 2.0 * spec.length() * places;
                kept += shape[0] * places * (spec.name().contains("ff.net.0.") ? keeps.ofAGate() : keeps.ofALayer());
            } else if (spec.name().contains("norm") && spec.name().endsWith("weight")) {
                kept += shape[0] * places * keeps.ofANorm();
            }
        }
        return new ForwardCost(flops, kept);
    }

    private static ForwardCost attention(double heads, double queries, double keys, double width, Kept keeps) {
        return new ForwardCost(4 * queries * keys * width, keeps.ofAMap() * heads * queries * keys);
    }

    private ForwardCost plus(ForwardCost other) {
        return new ForwardCost(flops + other.flops, activations + other.activations);
    }

    /** How often a layer of a UNet is applied in a picture: pixels of its output, tokens of the text, or once. */
    private static double unetPositions(String name, Levels levels, int tokens) {
        if (name.contains("time_emb")) {
            return 1;
        }
        if (name.contains("attn2.to_k") || name.contains("attn2.to_v")) {
            return tokens;
        }
        String[] path = name.split("\\.", -1);
        return levels.pixels(
                switch (path[0]) {
                    case "down_blocks", "up_blocks", "mid_block" -> levels.of(path, 0);
                    default -> 0;
                });
    }

    /** How often a layer of an autoencoder is applied in a picture: pixels of its output. */
    private static double vaePositions(String name, Levels levels) {
        String[] path = name.split("\\.", -1);
        boolean latent = path[0].endsWith("quant_conv");
        boolean encodes = path[0].equals("encoder");
        if (latent || !path[1].endsWith("_block") && !path[1].endsWith("_blocks")) {
            boolean outer = path[1].equals("conv_in") == encodes; // an encoder's first layer, a decoder's last ones
            return levels.pixels(latent || !outer ? levels.count - 1 : 0);
        }
        return levels.pixels(levels.of(path, 1));
    }

    /** Sizes of maps, each half of the one before. */
    private record Levels(int count, int height, int width) {

        /** The level of a layer's output in a block. */
        int of(String[] path, int block) {
            boolean down = path[block].equals("down_blocks");
            if (!down && !path[block].equals("up_blocks")) {
                return count - 1;
            }
            int index = Integer.parseInt(path[block + 1]);
            int sampled = path[block + 2].endsWith("samplers") ? 1 : 0;
            return down ? index + sampled : count - 1 - index - sampled;
        }

        double pixels(int level) {
            double h = height;
            double w = width;
            for (int i = 0; i < level; i++) {
                h = Math.ceil(h / 2);
                w = Math.ceil(w / 2);
            }
            return h * w;
        }
    }
}
