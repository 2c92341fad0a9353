package org.sd15.shapes;

import java.awt.Color;
import java.awt.Rectangle;
import java.awt.Shape;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Paints scenes and tells which pixel belongs to what. A pixel on an edge has the share of 4x4 points of it that lie inside,
 * so pictures do not depend on a graphics library.
 *
 * @param side pixels on a side
 */
public record ScenePainter(int side) {

    private static final int POINTS = 4;
    private static final int CHANNELS = 3;
    private static final double WHITE = 255;

    /** The picture, values from 0 to 1, {@code [1, 3, side, side]}. */
    public INDArray paint(Scene scene) {
        float[] values = new float[CHANNELS * side * side];
        float[] behind = scene.backdrop().color().getRGBColorComponents(null);
        for (int c = 0; c < CHANNELS; c++) {
            Arrays.fill(values, c * side * side, (c + 1) * side * side, behind[c]);
        }
        for (ShapeObject object : scene.objects()) {
            cover(values, mask(object), object.color().color());
        }
        return Nd4j.create(values, new long[] {1, CHANNELS, side, side}, 'c');
    }

    private void cover(float[] values, float[] mask, Color color) {
        int[] rgb = {color.getRed(), color.getGreen(), color.getBlue()};
        for (int i = 0; i < values.length; i++) {
            float share = mask[i % mask.length];
            values[i] = (float) (values[i] * (1 - share) + rgb[i / mask.length] / WHITE * share);
        }
    }

    /** The share of each pixel that an object covers, from 0 to 1, row by row: {@code side * side} values. */
    public float[] mask(ShapeObject object) {
        Shape outline = object.kind().outline(object.x() * side, object.y() * side, object.radius() * side);
        Rectangle around = outline.getBounds().intersection(new Rectangle(side, side));
        float[] mask = new float[side * side];
        for (int y = around.y; y < around.y + around.height; y++) {
            for (int x = around.x; x < around.x + around.width; x++) {
                mask[y * side + x] = share(outline, x, y);
            }
        }
        return mask;
    }

    private static float share(Shape outline, int column, int row) {
        int inside = 0;
        for (int point = 0; point < POINTS * POINTS; point++) {
            double x = column + (point % POINTS + 0.5) / POINTS;
            double y = row + (point / POINTS + 0.5) / POINTS;
            inside += outline.contains(x, y) ? 1 : 0;
        }
        return inside / (float) (POINTS * POINTS);
    }
}
