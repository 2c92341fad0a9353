package org.sd15.attention.cuda;

import java.util.Locale;

/**
 * A card, as the driver describes it.
 *
 * @param name for instance {@code NVIDIA A100-SXM4-40GB}
 * @param capability what its cores can do
 * @param bytes its memory
 */
public record CudaDevice(String name, ComputeCapability capability, long bytes) {

    private static final double GIBI = 1L << 30;

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, compute capability %s, %.1f GiB", name, capability, bytes / GIBI);
    }
}
