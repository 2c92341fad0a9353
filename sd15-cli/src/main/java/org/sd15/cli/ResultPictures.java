package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.sd15.cli.report.PicturePage;
import org.sd15.pipeline.image.PngFile;

/**
 * The pictures that an editing command leaves: all of them in a folder, or the one that matters in the file that was named.
 *
 * @param output where to
 * @param prompt what the pictures show
 * @param parameters how they were made
 * @param captions of some of them on the page, by name
 */
record ResultPictures(
        OutputOptions output, String prompt, Map<String, String> parameters, Map<String, String> captions) {

    /** Pictures whose names say enough. */
    ResultPictures(OutputOptions output, String prompt, Map<String, String> parameters) {
        this(output, prompt, parameters, Map.of());
    }

    /**
     * Writes pictures and prints their paths.
     *
     * @param pictures by file name without its ending, in order
     * @param results names of those that were asked for; just one if a file was named, see {@link OutputOptions#require}
     */
    void write(Map<String, BufferedImage> pictures, List<String> results) throws IOException {
        if (!output.isPicture()) {
            PicturePage page = new PicturePage(prompt);
            boolean several = pictures.size() > 1;
            for (Map.Entry<String, BufferedImage> picture : pictures.entrySet()) {
                Path path = several ? output.inFolder(picture.getKey() + ".png") : output.numbered(0);
                write(path, picture.getValue());
                page.add(picture.getKey(), captions.getOrDefault(picture.getKey(), ""), picture.getValue());
            }
            Path file = several ? output.inFolder("page.html") : output.pageBeside(0);
            output.page(file, page.html(output.parameters(parameters)));
            return;
        }
        BufferedImage only = pictures.get(results.get(0));
        write(output.picture(), java.util.Objects.requireNonNull(only, results.get(0)));
    }

    private void write(Path path, BufferedImage image) throws IOException {
        PngFile.write(path, image, output.texts(prompt, parameters));
        Console.result(path);
    }
}
