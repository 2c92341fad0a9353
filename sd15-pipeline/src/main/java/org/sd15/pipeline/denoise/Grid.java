package org.sd15.pipeline.denoise;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;

/**
 * The size of latents, of a feature map or of a mask.
 *
 * @param height rows
 * @param width columns
 */
public record Grid(int height, int width) {

    /** Checks the sides. */
    public Grid {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "a grid of %d x %d: both sides must be at least 1".formatted(height, width));
        }
    }

    /** The size of latents, {@code [pictures, channels, h, w]}. */
    public static Grid of(INDArray latents) {
        return new Grid(Math.toIntExact(latents.size(2)), Math.toIntExact(latents.size(3)));
    }

    /** The feature map of an attention. */
    public static Grid of(AttentionSite site) {
        return new Grid(site.height(), site.width());
    }

    /** Height times width. */
    public int cells() {
        return Math.multiplyExact(height, width);
    }

    /** This grid after the UNet has halved it some times; odd sides are rounded up. */
    public Grid halved(int times) {
        return times == 0 ? this : new Grid((height + 1) / 2, (width + 1) / 2).halved(times - 1);
    }

    /** Whether no side is longer than that of another grid. */
    public boolean fitsIn(Grid other) {
        return height <= other.height && width <= other.width;
    }

    @Override
    public String toString() {
        return height + "x" + width;
    }
}
