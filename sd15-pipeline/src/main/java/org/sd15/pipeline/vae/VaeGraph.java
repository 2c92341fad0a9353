package org.sd15.pipeline.vae;

import java.util.List;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.GroupNorm;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.unet.Downsample2D;
import org.sd15.unet.ResnetBlock2D;
import org.sd15.unet.Upsample2D;

/**
 * Builds the encoder and the decoder of an AutoencoderKL.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/autoencoders/vae.py">
 *     diffusers, vae.py</a>
 */
record VaeGraph(VaeConfig config, Scope root) {

    private static final double EPS = 1e-6;

    /**
     * A graph with an input of its own.
     *
     * @param encodes whether it goes from a picture to moments, or from latents to a picture
     * @param height of the input, pixels or cells
     * @param width of the input
     * @param input name of the placeholder, {@code [batch, channels, height, width]}
     * @return as {@link #encode} or {@link #decode}
     */
    static FeatureMap of(VaeConfig config, Scope root, boolean encodes, int height, int width, String input) {
        int channels = encodes ? config.inChannels() : config.latentChannels();
        var value = root.graph().placeHolder(input, root.dataType(), -1, channels, height, width);
        FeatureMap map = FeatureMap.ofNchw(value, channels, height, width);
        VaeGraph vae = new VaeGraph(config, root);
        return encodes ? vae.encode(map) : vae.decode(map);
    }

    /** {@code [batch, H, W, 3]} to {@code [batch, H / f, W / f, 2 latentChannels]}: means, then log variances. */
    FeatureMap encode(FeatureMap picture) {
        Scope scope = root.at("encoder");
        List<Integer> widths = config.blockOutChannels();
        int moments = 2 * config.latentChannels();
        FeatureMap x = Conv2d.apply(scope.at("conv_in"), picture, widths.get(0), Conv2d.Geometry.SAME);
        for (int i = 0; i < widths.size(); i++) {
            Scope block = scope.at("down_blocks").at(i);
            x = resnets(block, x, widths.get(i), config.layersPerBlock());
            if (i < widths.size() - 1) {
                x = Downsample2D.VAE.apply(block.at("downsamplers").at(0), x);
            }
        }
        x = out(scope, mid(scope.at("mid_block"), x), moments);
        return pointwise(root.at("quant_conv"), x, moments);
    }

    /** {@code [batch, h, w, latentChannels]} to {@code [batch, f h, f w, 3]}. */
    FeatureMap decode(FeatureMap latents) {
        Scope scope = root.at("decoder");
        List<Integer> widths = config.blockOutChannels();
        int last = widths.size() - 1;
        FeatureMap x = pointwise(root.at("post_quant_conv"), latents, config.latentChannels());
        x = Conv2d.apply(scope.at("conv_in"), x, widths.get(last), Conv2d.Geometry.SAME);
        x = mid(scope.at("mid_block"), x);
        for (int i = 0; i <= last; i++) {
            Scope block = scope.at("up_blocks").at(i);
            x = resnets(block, x, widths.get(last - i), config.layersPerBlock() + 1);
            if (i < last) {
                x = Upsample2D.apply(block.at("upsamplers").at(0), x);
            }
        }
        return out(scope, x, config.outChannels());
    }

    private FeatureMap resnets(Scope block, FeatureMap input, int width, int count) {
        FeatureMap x = input;
        for (int j = 0; j < count; j++) {
            x = resnet(block.at("resnets").at(j), x, width);
        }
        return x;
    }

    private FeatureMap resnet(Scope scope, FeatureMap x, int width) {
        return new ResnetBlock2D(width, config.normNumGroups(), EPS).apply(scope, x, null);
    }

    private FeatureMap mid(Scope scope, FeatureMap input) {
        int width = input.channels();
        FeatureMap x = resnet(scope.at("resnets").at(0), input, width);
        x = attention(scope.at("attentions").at(0), x, config.normNumGroups());
        return resnet(scope.at("resnets").at(1), x, width);
    }

    /** Attention of the pixels among themselves, one head as wide as the map, with a residual. */
    static FeatureMap attention(Scope scope, FeatureMap x, int groups) {
        int width = x.channels();
        Tokens pixels = GroupNorm.apply(scope.at("group_norm"), x, groups, EPS).tokens();
        FeatureMap y = new CrossAttention(width, width, 1, width, true)
                .apply(scope, pixels, pixels)
                .image(x.height(), x.width());
        return scope.formulation().plus(y, x);
    }

    private FeatureMap out(Scope scope, FeatureMap x, int width) {
        FeatureMap normal = GroupNorm.thenSilu(scope.at("conv_norm_out"), x, config.normNumGroups(), EPS);
        return Conv2d.apply(scope.at("conv_out"), normal, width, Conv2d.Geometry.SAME);
    }

    private static FeatureMap pointwise(Scope scope, FeatureMap x, int width) {
        return Linear.pointwise(scope, x.tokens(), width).image(x.height(), x.width());
    }
}
