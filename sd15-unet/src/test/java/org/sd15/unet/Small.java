package org.sd15.unet;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.testing.Rule;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/** The smallest UNet that has everything: two levels, one of them with attention. */
final class Small {

    static final int TOKENS = 5;

    private Small() {}

    static UNetConfig config(int inChannels) {
        return new UNetConfig(
                inChannels,
                4,
                List.of(16, 24),
                List.of(DownBlockType.CrossAttnDownBlock2D, DownBlockType.DownBlock2D),
                List.of(UpBlockType.UpBlock2D, UpBlockType.CrossAttnUpBlock2D),
                1,
                4,
                12,
                8,
                1e-5,
                true);
    }

    static UNetInput input(int height, int width) {
        return UNetInput.of(
                Rule.input("small.sample", DataType.FLOAT, 1, 4, height, width),
                500,
                Rule.input("small.context", DataType.FLOAT, 1, TOKENS, 12));
    }
}
