package org.sd15.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How large a picture is to be. */
final class SizeOptions {

    @Option(names = "--width", description = "Width in pixels (default: the model's).")
    @InRange(from = 1, to = Sizes.LARGEST_SIDE)
    private @Nullable Integer width;

    @Option(names = "--height", description = "Height in pixels (default: the model's).")
    @InRange(from = 1, to = Sizes.LARGEST_SIDE)
    private @Nullable Integer height;

    /** In pixels; null if nothing was said. */
    @Nullable
    Integer width() {
        return width;
    }

    /** In pixels; null if nothing was said. */
    @Nullable
    Integer height() {
        return height;
    }
}
