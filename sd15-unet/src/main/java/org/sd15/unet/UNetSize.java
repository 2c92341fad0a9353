package org.sd15.unet;

import java.util.ArrayDeque;
import java.util.Deque;
import org.sd15.unet.UNetPlan.Block;

/**
 * How many parameters a UNet has, counted from its configuration without building anything: what {@link UNet#parameters}
 * lists adds up to the same.
 */
final class UNetSize {

    private static final int KERNEL = 3 * 3;

    /** Width inside a feed-forward, in widths of the block; a GEGLU has it twice. */
    private static final long EXPANSION = 4;

    private final UNetConfig config;
    private final Deque<Long> skips = new ArrayDeque<>();
    private long width;
    private long count;

    private UNetSize(UNetConfig config) {
        this.config = config;
        this.width = config.blockOutChannels().get(0);
    }

    static long of(UNetConfig config) {
        return new UNetSize(config).count();
    }

    private long count() {
        long time = config.timeEmbedDim();
        count += linear(width, time) + linear(time, time);
        count += convolution(config.inChannels(), width);
        skips.push(width);
        UNetPlan plan = UNetPlan.of(config);
        plan.down().forEach(this::down);
        mid(plan.mid());
        plan.up().forEach(this::up);
        return count + norm(width) + convolution(width, config.outChannels());
    }

    private void down(Block block) {
        for (int i = 0; i < block.resnets(); i++) {
            resnet(width, block.out());
            skips.push(width);
        }
        count += block.transformers() * transformer(width);
        if (block.resamples()) {
            count += convolution(width, width);
            skips.push(width);
        }
    }

    /** Between its residual blocks there is one transformer; it has no skip connections. */
    private void mid(Block block) {
        for (int i = 0; i < block.resnets(); i++) {
            resnet(width, block.out());
        }
        count += block.transformers() * transformer(width);
    }

    private void up(Block block) {
        for (int i = 0; i < block.resnets(); i++) {
            resnet(width + skips.pop(), block.out());
        }
        count += block.transformers() * transformer(width);
        count += block.resamples() ? convolution(width, width) : 0;
    }

    private void resnet(long in, long out) {
        count += norm(in) + convolution(in, out) + linear(config.timeEmbedDim(), out);
        count += norm(out) + convolution(out, out) + (in == out ? 0 : linear(in, out));
        width = out;
    }

    private long transformer(long c) {
        long text = config.crossAttentionDim();
        long projections = 2 * linear(c, c) + 4 * norm(c);
        long self = 3 * c * c + linear(c, c);
        long cross = c * c + 2 * text * c + linear(c, c);
        long feedForward = linear(c, 2 * EXPANSION * c) + linear(EXPANSION * c, c);
        return projections + self + cross + feedForward;
    }

    private static long norm(long channels) {
        return 2 * channels;
    }

    private static long linear(long in, long out) {
        return in * out + out;
    }

    private static long convolution(long in, long out) {
        return KERNEL * in * out + out;
    }
}
