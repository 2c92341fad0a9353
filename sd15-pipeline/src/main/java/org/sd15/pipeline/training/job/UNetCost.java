package org.sd15.pipeline.training.job;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/**
 * What a forward pass of a UNet costs, counted from the shapes of its parameters and where they are used.
 *
 * @param flops floating-point operations a picture, two a multiplication
 * @param activations numbers a picture that a backward pass needs again
 */
record UNetCost(double flops, double activations) {

    /**
     * How much is kept for the way back.
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
         * The fused one has results of layers, and their gradients on the way back; attention maps and what goes into a
         * GEGLU are computed again. Full fine-tuning of the full-size UNet at 64x64 was measured to hold 2.4 GB more than
         * at 16x16.
         */
        static final Kept FUSED = new Kept(2.5, 1.25, 2, 0);
    }

    /** The cost at a size of the latents. */
    static UNetCost of(UNetConfig config, int height, int width, int tokens, Kept keeps) {
        List<ParameterSpec> specs = UNet.parameters(config);
        Places places = new Places(config.blockOutChannels().size(), height, width, tokens);
        double flops = 0;
        double kept = 0;
        for (ParameterSpec spec : specs) {
            long[] shape = spec.shape();
            double positions = places.of(spec.name());
            if (shape.length > 1) {
                flops += 2.0 * spec.length() * positions;
                kept += shape[0] * positions * (spec.name().contains("ff.net.0.") ? keeps.ofAGate() : keeps.ofALayer());
            } else if (spec.name().contains("norm") && spec.name().endsWith("weight")) {
                kept += shape[0] * positions * keeps.ofANorm();
            }
        }
        Map<String, ParameterSpec> byName =
                specs.stream().collect(Collectors.toMap(ParameterSpec::name, Function.identity()));
        for (AttentionSite site : UNet.sites(config, height, width, tokens)) {
            ParameterSpec query = Objects.requireNonNull(byName.get(site.path() + ".to_q.weight"));
            flops += 4.0 * site.queries() * site.keys() * query.shape()[0];
            kept += keeps.ofAMap() * site.heads() * site.queries() * site.keys();
        }
        return new UNetCost(flops, kept);
    }

    /** How often a layer is applied in a picture: pixels of its output, tokens of the text, or once. */
    private record Places(int levels, int height, int width, int tokens) {

        double of(String name) {
            if (name.contains("time_emb")) {
                return 1;
            }
            if (name.contains("attn2.to_k") || name.contains("attn2.to_v")) {
                return tokens;
            }
            return pixels(level(name));
        }

        private int level(String name) {
            String[] path = name.split("\\.", -1);
            return switch (path[0]) {
                case "down_blocks" -> Integer.parseInt(path[1]) + (name.contains("downsamplers") ? 1 : 0);
                case "mid_block" -> levels - 1;
                case "up_blocks" -> levels - 1 - Integer.parseInt(path[1]) - (name.contains("upsamplers") ? 1 : 0);
                default -> 0;
            };
        }

        private double pixels(int level) {
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
