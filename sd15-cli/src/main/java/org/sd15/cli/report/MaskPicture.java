package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A mask of latents as a picture: white where an edit may act. */
public final class MaskPicture {

    private MaskPicture() {}

    /**
     * A picture of a mask.
     *
     * @param mask above 0 where it covers, {@code [h, w]}
     * @param like a picture of the wanted size
     */
    public static BufferedImage of(INDArray mask, BufferedImage like) {
        var image = new BufferedImage(like.getWidth(), like.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                long row = y * mask.size(0) / image.getHeight();
                long column = x * mask.size(1) / image.getWidth();
                image.setRGB(x, y, mask.getDouble(row, column) > 0 ? 0xffffff : 0);
            }
        }
        return image;
    }
}
