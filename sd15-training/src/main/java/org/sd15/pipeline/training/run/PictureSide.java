package org.sd15.pipeline.training.run;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.model.ModelFiles;

/** How large the pictures of a training are. */
final class PictureSide {

    private PictureSide() {}

    /** The side that was asked for, or the one that the model was trained for. */
    static int of(@Nullable Integer resolution, ModelFiles model) throws IOException {
        int factor = model.vaeConfig().factor();
        if (resolution == null) {
            return model.sampleSize() * factor;
        }
        if (resolution < factor || resolution % factor != 0 || resolution > Pictures.LONGEST_SIDE) {
            throw new IllegalArgumentException("the resolution is %d, must be a multiple of %d pixels up to %d"
                    .formatted(resolution, factor, Pictures.LONGEST_SIDE));
        }
        return resolution;
    }
}
