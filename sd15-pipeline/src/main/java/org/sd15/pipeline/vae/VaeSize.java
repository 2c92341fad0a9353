package org.sd15.pipeline.vae;

import java.util.List;

/**
 * How many parameters an autoencoder has, counted from its configuration without building anything: what {@link
 * Vae#parameters} lists adds up to the same.
 */
final class VaeSize {

    private static final int KERNEL = 3 * 3;

    private final VaeConfig config;
    private long count;

    private VaeSize(VaeConfig config) {
        this.config = config;
    }

    static long of(VaeConfig config) {
        VaeSize size = new VaeSize(config);
        size.encoder();
        size.decoder();
        return size.count;
    }

    private void encoder() {
        List<Integer> widths = config.blockOutChannels();
        long moments = 2L * config.latentChannels();
        long width = widths.get(0);
        count += convolution(config.inChannels(), width);
        for (int i = 0; i < widths.size(); i++) {
            width = resnets(width, widths.get(i), config.layersPerBlock());
            count += i < widths.size() - 1 ? convolution(width, width) : 0;
        }
        mid(width);
        count += norm(width) + convolution(width, moments) + linear(moments, moments);
    }

    private void decoder() {
        List<Integer> widths = config.blockOutChannels();
        long latents = config.latentChannels();
        int last = widths.size() - 1;
        long width = widths.get(last);
        count += linear(latents, latents) + convolution(latents, width);
        mid(width);
        for (int i = last; i >= 0; i--) {
            width = resnets(width, widths.get(i), config.layersPerBlock() + 1);
            count += i > 0 ? convolution(width, width) : 0;
        }
        count += norm(width) + convolution(width, config.outChannels());
    }

    private long resnets(long in, long out, int number) {
        resnet(in, out);
        for (int i = 1; i < number; i++) {
            resnet(out, out);
        }
        return out;
    }

    private void mid(long width) {
        resnet(width, width);
        count += norm(width) + 4 * linear(width, width);
        resnet(width, width);
    }

    private void resnet(long in, long out) {
        count += norm(in) + convolution(in, out) + norm(out) + convolution(out, out);
        count += in == out ? 0 : linear(in, out);
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
