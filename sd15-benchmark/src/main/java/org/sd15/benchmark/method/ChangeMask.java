package org.sd15.benchmark.method;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A soft mask of what an edit changed on purpose, found by the edit itself: where the decoded result differs from the
 * picture that comes back without an edit by more than drift does. Outside of it the given picture is put back, so that
 * neither the drift of an edit nor the losses of the autoencoder reach what was not to change.
 *
 * @param low difference, of colour values from 0 to 1, up to which a change is drift
 * @param high difference from which it is meant
 * @param reach pixels that a difference is averaged over, in all directions, before it is judged
 */
public record ChangeMask(double low, double high, int reach) {

    /**
     * The mask.
     *
     * @param edited {@code [1, 3, H, W]}
     * @param unedited what the same way leads to without an edit, same shape
     * @return shares from 0 to 1, {@code [H, W]}
     */
    public INDArray of(INDArray edited, INDArray unedited) {
        INDArray difference = Transforms.abs(edited.sub(unedited), false).max(1).slice(0); // [H, W]
        INDArray local = averaged(difference);
        INDArray share = local.sub(low).div(high - low);
        return Transforms.max(Transforms.min(share, 1, false), 0, false);
    }

    /** The mean of each pixel and those around it that are in the picture. */
    private INDArray averaged(INDArray plane) {
        int height = Math.toIntExact(plane.size(0));
        int width = Math.toIntExact(plane.size(1));
        double[] values = plane.dup('c').data().asDouble();
        double[] means = new double[values.length];
        for (int i = 0; i < means.length; i++) {
            int x = i % width;
            int y = i / width;
            double sum = 0;
            int count = 0;
            for (int v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
                for (int u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
                    sum += values[v * width + u];
                    count++;
                }
            }
            means[i] = sum / count;
        }
        return Nd4j.createFromArray(means).castTo(DataType.FLOAT).reshape(height, width);
    }

    /**
     * The edited picture where the mask is, the given one elsewhere.
     *
     * @param mask shares from 0 to 1, {@code [H, W]}
     * @param edited {@code [1, 3, H, W]}
     * @param given same shape
     */
    public static INDArray composite(INDArray mask, INDArray edited, INDArray given) {
        INDArray share = mask.reshape(1, 1, mask.size(0), mask.size(1));
        return given.add(edited.sub(given).mul(share));
    }
}
