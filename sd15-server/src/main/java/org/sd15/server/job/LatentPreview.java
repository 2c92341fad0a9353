package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * Pictures of latents without the autoencoder: each pixel's colour is a linear function of the four latents there. The function
 * is fitted once a model, by least squares against the decoder on patches of colour.
 */
public final class LatentPreview {

    private static final int SMALLEST = 64;
    private static final int TERMS = 5;
    private static final double RIDGE = 1e-6;

    private final double[][] weights; // [3][4 and a constant]

    private LatentPreview(double[][] weights) {
        this.weights = weights;
    }

    /** Fits the function to a model. */
    static LatentPreview fit(StableDiffusion model) {
        int side = Math.min(model.pictureSize(), 256);
        INDArray latents = model.components().latents(patches(side)); // [1, 4, h, w]
        INDArray decoded = model.decode(latents); // [1, 3, H, W]
        int h = (int) latents.size(2);
        int w = (int) latents.size(3);
        float[] x = latents.dup('c').data().asFloat();
        float[] y = Pictures.resize(decoded, h, w).dup('c').data().asFloat();
        double[][] normal = new double[TERMS][TERMS + 3];
        for (int p = 0; p < h * w; p++) {
            double[] row = new double[TERMS + 3];
            for (int c = 0; c < TERMS - 1; c++) {
                row[c] = x[c * h * w + p];
            }
            row[TERMS - 1] = 1;
            for (int c = 0; c < 3; c++) {
                row[TERMS + c] = y[c * h * w + p];
            }
            for (int i = 0; i < TERMS; i++) {
                for (int j = 0; j < TERMS + 3; j++) {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
        return new LatentPreview(solve(normal));
    }

    /** Patches of random colours, eight a side. */
    private static INDArray patches(int side) {
        Random random = new Random(0);
        float[][] colours = new float[64][3];
        for (float[] colour : colours) {
            for (int c = 0; c < 3; c++) {
                colour[c] = random.nextFloat();
            }
        }
        float[] values = new float[3 * side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                float[] colour = colours[y * 8 / side * 8 + x * 8 / side];
                for (int c = 0; c < 3; c++) {
                    values[(c * side + y) * side + x] = colour[c];
                }
            }
        }
        return Nd4j.create(values, new long[] {1, 3, side, side}, 'c');
    }

    /** Gauss-Jordan on the normal equations, which are positive definite with the ridge. */
    private static double[][] solve(double[][] normal) {
        for (int i = 0; i < TERMS; i++) {
            normal[i][i] += RIDGE;
        }
        for (int i = 0; i < TERMS; i++) {
            double pivot = normal[i][i];
            for (int j = 0; j < TERMS + 3; j++) {
                normal[i][j] /= pivot;
            }
            for (int k = 0; k < TERMS; k++) {
                double factor = normal[k][i];
                for (int j = 0; k != i && j < TERMS + 3; j++) {
                    normal[k][j] -= factor * normal[i][j];
                }
            }
        }
        double[][] weights = new double[3][TERMS];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < TERMS; i++) {
                weights[c][i] = normal[i][TERMS + c];
            }
        }
        return weights;
    }

    /** The colour of a place, 0xRRGGBB. */
    private int colour(float[] latents, int place, int places) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
            double value = weights[c][TERMS - 1];
            for (int i = 0; i < TERMS - 1; i++) {
                value += weights[c][i] * latents[i * places + place];
            }
            rgb = rgb << 8 | (int) Math.round(255 * Math.max(0, Math.min(1, value)));
        }
        return rgb;
    }

    /**
     * A picture of latents.
     *
     * @param latents {@code [4, height, width]}
     * @return a PNG of at least 64 pixels a side
     */
    byte[] png(float[] latents, int height, int width) {
        int zoom = Math.max(1, (SMALLEST + Math.min(height, width) - 1) / Math.min(height, width));
        var image = new BufferedImage(width * zoom, height * zoom, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, colour(latents, y / zoom * width + x / zoom, height * width));
            }
        }
        return encode(image);
    }

    static byte[] encode(BufferedImage image) {
        try {
            return PngFile.encode(image, Map.of());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
