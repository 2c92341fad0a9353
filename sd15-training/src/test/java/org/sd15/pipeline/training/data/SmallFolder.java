package org.sd15.pipeline.training.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.testing.Rule;

/** Folders of a few small pictures, and a small autoencoder for them. */
public final class SmallFolder {

    private SmallFolder() {}

    /** Writes a picture by the rule. */
    public static Path picture(Path file, int width, int height) throws IOException {
        INDArray values = Rule.picture(file.getFileName().toString(), DataType.FLOAT, 1, 3, height, width);
        BufferedImage image = Pictures.toImages(values.mul(0.5).addi(0.5)).get(0);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    /** Pictures of 10 x 8 named a, b, c and so on, with captions beside them. */
    public static Path captioned(Path folder, int count) throws IOException {
        Files.createDirectories(folder);
        for (int i = 0; i < count; i++) {
            String name = String.valueOf((char) ('a' + i));
            picture(folder.resolve(name + ".png"), 10, 8);
            Files.writeString(folder.resolve(name + ".txt"), "picture " + name + "\n");
        }
        return folder;
    }

    /** An autoencoder that halves the sides. */
    public static Vae vae() {
        return new Vae(new VaeConfig(3, 3, 4, List.of(8, 8), 1, 4, 0.5), Rule.weights("vae.", DataType.FLOAT));
    }

    /** States that are functions of the caption: three tokens, twelve wide. */
    public static Texts states(List<String> captions) {
        return new Texts.States(Nd4j.concat(
                0,
                captions.stream()
                        .map(caption -> Rule.input("caption " + caption, DataType.FLOAT, 1, 3, 12))
                        .toArray(INDArray[]::new)));
    }
}
