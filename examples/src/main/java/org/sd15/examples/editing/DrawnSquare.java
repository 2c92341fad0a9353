package org.sd15.examples.editing;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A picture that no model has drawn, and of which it is known where its object is. */
final class DrawnSquare {

    private static final int SIDE = 64;
    private static final int LEFT = 16;
    private static final int TOP = 18;
    private static final int SIZE = 30;

    /** Pixels around the object that belong neither to it nor to the background: the autoencoder blurs them. */
    private static final int MARGIN = 4;

    private DrawnSquare() {}

    /** A square on a light ground. */
    static BufferedImage of(Color colour) {
        var image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(new Color(245, 245, 245));
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.setColor(colour);
        graphics.fillRect(LEFT, TOP, SIZE, SIZE);
        graphics.dispose();
        return image;
    }

    /** Mean colour of the inner part of the square, red, green and blue from 0 to 1. */
    static double[] colour(INDArray picture) {
        INDArray inner = picture.get(NDArrayIndex.all(), rows(-MARGIN), columns(-MARGIN));
        return inner.mean(1, 2).data().asDouble();
    }

    private static INDArrayIndex rows(int margin) {
        return NDArrayIndex.interval(TOP - margin, TOP + SIZE + margin);
    }

    private static INDArrayIndex columns(int margin) {
        return NDArrayIndex.interval(LEFT - margin, LEFT + SIZE + margin);
    }
}
