package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import org.sd15.pipeline.image.PictureFit;

/**
 * A picture that was given.
 *
 * @param path of its file
 * @param original as it is in the file
 * @param fit how it is brought to a size that suits the model
 * @param fitted in that size
 */
record GivenImage(Path path, BufferedImage original, PictureFit fit, BufferedImage fitted) {

    /** A picture that is fitted now. */
    static GivenImage of(Path path, BufferedImage original, PictureFit fit) {
        return new GivenImage(path, original, fit, fit.apply(original));
    }
}
