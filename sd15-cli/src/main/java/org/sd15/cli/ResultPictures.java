package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.sd15.pipeline.image.PngFile;

/**
 * The pictures that an editing command leaves: all of them in a folder, or the one that matters in the file that was named.
 *
 * @param output where to
 * @param parameters for the text chunk
 */
record ResultPictures(OutputOptions output, String parameters) {

    /**
     * Writes pictures and prints their paths.
     *
     * @param pictures by file name without its ending, in order
     * @param results names of those that were asked for; just one if a file was named, see {@link OutputOptions#require}
     */
    void write(Map<String, BufferedImage> pictures, List<String> results) throws IOException {
        if (!output.isPicture()) {
            for (Map.Entry<String, BufferedImage> picture : pictures.entrySet()) {
                boolean number = picture.getKey().matches("\\d+");
                write(
                        number ? output.numbered(Integer.parseInt(picture.getKey())) : output.inFolder(picture.getKey() + ".png"),
                        picture.getValue());
            }
            return;
        }
        BufferedImage only = pictures.get(results.get(0));
        write(output.picture(), java.util.Objects.requireNonNull(only, results.get(0)));
    }

    private void write(Path path, BufferedImage image) throws IOException {
        PngFile.write(path, image, output.texts(parameters));
        Console.result(path);
    }
}
