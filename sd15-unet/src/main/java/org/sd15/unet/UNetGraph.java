package org.sd15.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.GroupNorm;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.ArrayCheck;

/**
 * Builds the whole UNet at a scope of a graph, which may be the user's; {@link UNet} has graphs of its own, which are built by
 * the same method. What a block passes on can be asked for under the block's path, for
 * instance {@code down_blocks.0} or {@code down_blocks.0.res.1} (what goes to the skip connection), in NHWC.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/unets/unet_2d_condition.py">
 *     diffusers, unet_2d_condition.py</a>
 */
public final class UNetGraph {

    private final UNetConfig config;
    private final UNetPlan plan;
    private final Scope root;
    private final Tokens time;
    private final Tokens context;
    private final Deque<FeatureMap> skips = new ArrayDeque<>();

    /**
     * For building a part of the UNet: {@link #waiting} skip connections first, then its blocks.
     *
     * @param time the time embedding after SiLU, see {@link #time}
     */
    UNetGraph(UNetConfig config, Scope root, Tokens time, Tokens context) {
        this.config = config;
        this.plan = UNetPlan.of(config);
        this.root = root;
        this.time = time;
        this.context = context;
    }

    /** The parameters that the graph asks for. */
    static List<ParameterSpec> parameters(UNetConfig config, Adapters adapters) {
        return Parameters.of(root -> {
            var graph = root.graph();
            DataType type = root.dataType();
            int channels = config.inChannels();
            int time = config.blockOutChannels().get(0);
            int width = config.crossAttentionDim();
            apply(
                    config,
                    root.withAdapters(adapters),
                    FeatureMap.ofNchw(graph.placeHolder("sample", type, -1, channels, 8, 8), channels, 8, 8),
                    new Tokens(graph.placeHolder("time", type, -1, time), 1, time),
                    Tokens.of(graph.placeHolder("context", type, -1, 1, width), 1, width));
        });
    }

    /**
     * Builds the UNet. Its parameters are called after the place: {@code <path>.conv_in.weight}.
     *
     * @param root the place, of FLOAT or DOUBLE; asked for parameters, attention ports and additions
     * @param sample noisy latents {@code [batch, height, width, inChannels]}, see {@link FeatureMap#ofNchw}
     * @param sinusoid of the time steps, one token a picture, {@code [batch, blockOutChannels[0]]}; see
     *     {@link TimestepEmbedding#sinusoid}
     * @param context text states {@code [batch, tokens, crossAttentionDim]}, of any length perhaps
     * @return the prediction, {@code [batch, height, width, outChannels]}
     * @throws IllegalArgumentException if one of them has another width, or nothing computes in the type of the place
     */
    public static FeatureMap apply(UNetConfig config, Scope root, FeatureMap sample, Tokens sinusoid, Tokens context) {
        ArrayCheck.requireComputable(root.dataType());
        requireWidth("the sample", sample.channels(), config.inChannels(), "in_channels");
        requireWidth(
                "the sinusoid", sinusoid.channels(), config.blockOutChannels().get(0), "block_out_channels[0]");
        requireWidth("the context", context.channels(), config.crossAttentionDim(), "cross_attention_dim");
        UNetGraph unet = new UNetGraph(config, root, time(config, root, sinusoid), context);
        FeatureMap x = unet.into(sample);
        for (UNetPlan.Block block : unet.plan.blocks()) {
            x = unet.block(block, x);
        }
        return unet.out(x);
    }

    private static void requireWidth(String what, int found, int expected, String key) {
        if (found != expected) {
            throw new IllegalArgumentException(
                    "%s is %d channels wide, the UNet takes %d (%s)".formatted(what, found, expected, key));
        }
    }

    /** The time embedding after SiLU, {@code [batch, timeEmbedDim]}. */
    static Tokens time(UNetConfig config, Scope root, Tokens sinusoid) {
        Tokens embedding = TimestepEmbedding.apply(root.at("time_embedding"), sinusoid, config.timeEmbedDim());
        root.named("time_embedding", embedding.rows());
        return embedding.map(root.formulation()::silu);
    }

    /** Skip connections that no up block has read yet, the last one first. */
    Deque<FeatureMap> waiting() {
        return skips;
    }

    /** Into the first level. */
    FeatureMap into(FeatureMap sample) {
        FeatureMap x = Conv2d.apply(
                root.at("conv_in"), sample, config.blockOutChannels().get(0), Conv2d.Geometry.SAME);
        root.named("conv_in", x.value());
        skips.push(x);
        return x;
    }

    /** One block. */
    FeatureMap block(UNetPlan.Block block, FeatureMap x) {
        return switch (block.place()) {
            case DOWN -> down(block, x);
            case MID -> mid(block, x);
            case UP -> up(block, x);
        };
    }

    /** Out of the last level. */
    FeatureMap out(FeatureMap input) {
        FeatureMap x = GroupNorm.thenSilu(root.at("conv_norm_out"), input, config.normNumGroups(), config.normEps());
        return Conv2d.apply(root.at("conv_out"), x, config.outChannels(), Conv2d.Geometry.SAME);
    }

    private FeatureMap down(UNetPlan.Block block, FeatureMap input) {
        Scope scope = root.at(block.path());
        FeatureMap x = input;
        List<FeatureMap> passed = new ArrayList<>();
        for (int i = 0; i < block.resnets(); i++) {
            x = resnet(scope, i, block, x);
            if (block.attention()) {
                x = transformer(scope, i, block, x);
            }
            passed.add(x);
        }
        if (block.resamples()) {
            x = Downsample2D.UNET.apply(scope.at("downsamplers").at(0), x);
            passed.add(x);
        }
        for (int i = 0; i < passed.size(); i++) {
            scope.at("res").named(Integer.toString(i), passed.get(i).value());
            skips.push(passed.get(i));
        }
        return x;
    }

    private FeatureMap mid(UNetPlan.Block block, FeatureMap input) {
        Scope scope = root.at(block.path());
        FeatureMap x = resnet(scope, 0, block, input);
        x = transformer(scope, 0, block, x);
        x = resnet(scope, 1, block, x);
        root.named(block.path(), x.value());
        return x;
    }

    private FeatureMap up(UNetPlan.Block block, FeatureMap input) {
        Scope scope = root.at(block.path());
        FeatureMap x = input;
        for (int i = 0; i < block.resnets(); i++) {
            x = resnet(scope, i, block, scope.formulation().concat(x, skips.pop()));
            if (block.attention()) {
                x = transformer(scope, i, block, x);
            }
        }
        if (block.resamples()) {
            FeatureMap next = skips.element(); // its size is what this level was before it was halved
            x = Upsample2D.apply(scope.at("upsamplers").at(0), x, next.height(), next.width());
        }
        root.named(block.path(), x.value());
        return x;
    }

    private FeatureMap resnet(Scope scope, int i, UNetPlan.Block block, FeatureMap x) {
        return new ResnetBlock2D(block.out(), config.normNumGroups(), config.normEps())
                .apply(scope.at("resnets").at(i), x, time);
    }

    private FeatureMap transformer(Scope scope, int i, UNetPlan.Block block, FeatureMap x) {
        return new Transformer2DModel(block.heads(), config.normNumGroups(), config.useLinearProjection())
                .apply(scope.at("attentions").at(i), x, context);
    }
}
