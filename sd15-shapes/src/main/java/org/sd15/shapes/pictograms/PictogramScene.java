package org.sd15.shapes.pictograms;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pictograms on a background, and the caption that says so.
 *
 * @param things the pictograms, the later ones in front
 * @param backdrop the colour behind them
 * @param caption what a person would write under the picture
 */
public record PictogramScene(List<Thing> things, Backdrop backdrop, String caption) {

    /** Pixels on a side. */
    public static final int SIDE = 64;

    private static final int CHANNELS = 3;
    private static final int AREA = SIDE * SIDE;

    /** Copies the list. */
    public PictogramScene {
        things = List.copyOf(things);
    }

    /** The picture, values from 0 to 1, {@code [1, 3, 64, 64]}. */
    public INDArray picture() {
        float[] values = new float[CHANNELS * AREA];
        float[] behind = backdrop.color();
        for (int c = 0; c < CHANNELS; c++) {
            Arrays.fill(values, c * AREA, (c + 1) * AREA, behind[c]);
        }
        things.forEach(thing -> paint(thing, values));
        return Nd4j.create(values, new long[] {1, CHANNELS, SIDE, SIDE}, 'c');
    }

    private static void paint(Thing thing, float[] values) {
        Sprite sprite = thing.pictogram().sprite(thing.side());
        for (int i = 0; i < CHANNELS * AREA; i++) {
            int x = i % SIDE - thing.left();
            int y = i / SIDE % SIDE - thing.top();
            if (isInside(x, y, sprite.side())) {
                values[i] = sprite.over(i / AREA, x, y, values[i]);
            }
        }
    }

    private static boolean isInside(int x, int y, int side) {
        return x >= 0 && y >= 0 && x < side && y < side;
    }

    /**
     * How much of each pixel shows a thing, from 0 to 1, row by row: its alpha, less what is in front of it.
     *
     * @param index of the thing
     */
    public float[] mask(int index) {
        float[] mask = alpha(things.get(index));
        for (Thing front : things.subList(index + 1, things.size())) {
            float[] covered = alpha(front);
            for (int i = 0; i < AREA; i++) {
                mask[i] *= 1 - covered[i];
            }
        }
        return mask;
    }

    private static float[] alpha(Thing thing) {
        Sprite sprite = thing.pictogram().sprite(thing.side());
        float[] alpha = new float[AREA];
        for (int i = 0; i < AREA; i++) {
            int x = i % SIDE - thing.left();
            int y = i / SIDE - thing.top();
            alpha[i] = isInside(x, y, sprite.side()) ? sprite.alpha(x, y) : 0;
        }
        return alpha;
    }
}
