package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.image.PixelMask;
import org.sd15.pipeline.image.PngFile;

/** What is outside of a mask stays as it was, to the last bit. */
class InpaintingTest {

    @TempDir
    private Path folder;

    private String write(String name, int width, int height, IntBinaryOperator colour) throws IOException {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, colour.applyAsInt(i % width, i / width));
        }
        Path file = folder.resolve(name);
        PngFile.write(file, image, Map.of());
        return file.toString();
    }

    /** Noise: the autoencoder keeps nothing of it. */
    private String noise(int width, int height) throws IOException {
        Random random = new Random(7);
        return write("noise.png", width, height, (x, y) -> random.nextInt(0x1000000));
    }

    private static boolean isInside(int x, int y) {
        return x >= 20 && x < 40 && y >= 24 && y < 36;
    }

    private String mask(int width, int height) throws IOException {
        return write("mask.png", width, height, (x, y) -> isInside(x, y) ? 0xffffff : 0);
    }

    private BufferedImage painted(String image, String... options) throws IOException {
        Path out = folder.resolve("painted.png");
        List<String> all = new ArrayList<>(List.of("generate", "--prompt", "a red circle", "--steps", "2"));
        all.addAll(List.of("--image", image, "--output", out.toString()));
        all.addAll(List.of(options));
        Cli cli = Cli.run(all.toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
        return PngFile.read(out);
    }

    private static int changed(BufferedImage picture, BufferedImage other, boolean inside, int grown) {
        int changed = 0;
        for (int i = 0; i < picture.getWidth() * picture.getHeight(); i++) {
            int x = i % picture.getWidth();
            int y = i / picture.getWidth();
            boolean near = x >= 20 - grown && x < 40 + grown && y >= 24 - grown && y < 36 + grown;
            changed += near == inside && picture.getRGB(x, y) != other.getRGB(x, y) ? 1 : 0;
        }
        return changed;
    }

    @Test
    void onlyTheMaskChanges() throws IOException {
        String image = noise(64, 64);
        BufferedImage before = PngFile.read(Path.of(image));
        BufferedImage plain = painted(image, "--mask", mask(64, 64));
        assertThat(changed(before, plain, false, 0)).isZero();
        assertThat(changed(before, plain, true, 0)).isGreaterThan(200); // of 240
        BufferedImage inverted = painted(image, "--mask", mask(64, 64), "--invert-mask");
        assertThat(changed(before, inverted, true, 0)).isZero();
        assertThat(changed(before, inverted, false, 0)).isGreaterThan(3000);
        BufferedImage grown = painted(image, "--mask", mask(64, 64), "--mask-grow", "5");
        assertThat(changed(before, grown, false, 5)).isZero();
        assertThat(changed(before, grown, true, 5)).isGreaterThan(600); // of 660
        BufferedImage soft = painted(image, "--mask", mask(64, 64), "--mask-blur", "2");
        assertThat(changed(before, soft, false, 6)).isZero(); // three standard deviations
        assertThat(changed(before, soft, false, 1)).isPositive();
    }

    @Test
    void onlyMaskedPaintsAPartAndKeepsTheSizeOfThePicture() throws IOException {
        String image = noise(150, 90);
        BufferedImage before = PngFile.read(Path.of(image));
        BufferedImage after = painted(image, "--mask", mask(150, 90), "--only-masked");
        assertThat(after.getWidth()).isEqualTo(150);
        assertThat(after.getHeight()).isEqualTo(90);
        assertThat(changed(before, after, false, 0)).isZero();
        assertThat(changed(before, after, true, 0)).isGreaterThan(200);
        BufferedImage whole = painted(image, "--mask", mask(150, 90));
        assertThat(whole.getHeight()).isEqualTo(64);
        assertThat(whole.getWidth()).isEqualTo(108);
    }

    @Test
    void whatDoesNotFitIsSaid() throws IOException {
        String image = noise(64, 64);
        String[] paint = {"generate", "--prompt", "x", "--image", image, "--mask", mask(64, 32)};
        assertThat(Cli.run(paint).message())
                .contains("mask.png is 64 x 32, must have the shape of the picture, which is 64 x 64");
        assertThat(Cli.run("generate", "--prompt", "x", "--image", image, "--only-masked")
                        .message())
                .contains("need a mask: --mask FILE");
    }

    /** By hand, and what the sum of a Gaussian and the border say. */
    @Test
    void masksGrowAndBlur() {
        INDArray mask = Nd4j.zeros(1, 1, 5, 7);
        mask.putScalar(0, 0, 2, 3, 1);
        INDArray grown = PixelMask.grown(mask, 1);
        INDArray expected = Nd4j.zeros(1, 1, 5, 7);
        expected.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(1, 4), NDArrayIndex.interval(2, 5))
                .assign(1);
        assertThat(grown).isEqualTo(expected);
        INDArray wide = Nd4j.zeros(1, 1, 41, 41);
        wide.putScalar(0, 0, 20, 20, 1);
        INDArray blurred = PixelMask.blurred(wide, 3);
        assertThat(blurred.sumNumber().doubleValue()).isCloseTo(1, offset(1e-5));
        double ratio = blurred.getDouble(0, 0, 20, 23) / blurred.getDouble(0, 0, 20, 20);
        assertThat(ratio).isCloseTo(Math.exp(-0.5), offset(1e-5));
        assertThat(PixelMask.blurred(Nd4j.ones(1, 1, 6, 4), 2).minNumber().doubleValue())
                .isCloseTo(1, offset(1e-6));
    }
}
