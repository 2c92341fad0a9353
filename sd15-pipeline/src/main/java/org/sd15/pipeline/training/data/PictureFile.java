package org.sd15.pipeline.training.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Reads the file of a picture. */
final class PictureFile {

    private PictureFile() {}

    /**
     * The picture.
     *
     * @throws IOException if it is none that can be read; the message names the file
     */
    static BufferedImage read(Path file) throws IOException {
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException | RuntimeException problem) {
            throw new IOException("%s: can't be read as a picture: %s".formatted(file, problem.getMessage()), problem);
        }
        if (image == null) {
            throw new IOException(file + ": is no picture in a format that is known here (PNG, JPEG, BMP, GIF)");
        }
        return image;
    }

    /**
     * A digest of the file.
     *
     * @throws IOException if it is no picture that can be read; the message names the file
     */
    static String digest(Path file) throws IOException {
        read(file);
        return new Digest().add(file).hex();
    }
}
