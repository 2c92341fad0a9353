package org.sd15.pipeline.image;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A picture of which a part is painted anew: what a model makes of it is put back into the picture, of which all that the mask
 * leaves out stays as it is, whatever the autoencoder makes of it.
 *
 * @param picture that is painted on
 * @param fit how the model sees it, or a part of it
 * @param mask 1 where it is painted, else 0, {@code [1, 1, H, W]} of the picture
 * @param soft how much of the painted picture is seen, from 0 to 1, same shape
 */
public record Inpaint(BufferedImage picture, PictureFit fit, INDArray mask, INDArray soft) {

    /** What the model sees, {@code [1, 3, h, w]}. */
    public INDArray seen() {
        return Pictures.fromImage(fit.apply(picture));
    }

    /** What it paints, {@code [1, 1, h, w]}. */
    public INDArray painted() {
        return fit.mask(mask);
    }

    /** The whole picture with what was made of it. */
    public BufferedImage finished(BufferedImage made) {
        Rectangle part = fit.part();
        BufferedImage inside = fit.back(made);
        var whole = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        BufferedImage opaque = Pictures.toImages(Pictures.fromImage(picture)).get(0);
        for (int y = 0; y < whole.getHeight(); y++) {
            for (int x = 0; x < whole.getWidth(); x++) {
                double share = part.contains(x, y) ? soft.getDouble(0, 0, y, x) : 0;
                int kept = opaque.getRGB(x, y);
                whole.setRGB(x, y, share == 0 ? kept : mixed(kept, inside.getRGB(x - part.x, y - part.y), share));
            }
        }
        return whole;
    }

    private static int mixed(int kept, int made, double share) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            mixed |= (int) Math.round((kept >> shift & 255) * (1 - share) + (made >> shift & 255) * share) << shift;
        }
        return mixed;
    }
}
