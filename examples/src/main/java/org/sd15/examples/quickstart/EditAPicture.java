package org.sd15.examples.quickstart;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.PictureStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.shapes.EmbeddedModel;

/**
 * A picture that no model has drawn is edited: DDIM inversion leads from it to noise, direct inversion holds the source on
 * that way, and prompt-to-prompt swaps a word.
 */
public final class EditAPicture {

    private static final int SIDE = 64;

    private EditAPicture() {}

    /**
     * Draws a yellow square with Java's own graphics and makes it green.
     *
     * @param arguments a folder for the pictures (default: out/edit-a-picture)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/edit-a-picture"));
        BufferedImage given = yellowSquare();
        INDArray picture = Pictures.fromImage(given);
        EditRequest request = EditRequest.of(
                        "a large yellow square on a white background", "a large green square on a white background")
                .edit(edit -> edit.crossSteps(0.4).selfSteps(0.4))
                .sampling(base -> base.steps(25))
                .picture(new GivenPicture(picture, InversionMethod.DIRECT, 0));
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            Editing editing = model.edit(request);
            INDArray pictures = model.decode(editing.run().finish());
            INDArray error = pictures.slice(0).sub(picture.slice(0));
            System.out.printf(
                    "reconstruction: PSNR %.1f dB, all of it the autoencoder's: the latents come back exactly%n",
                    -10 * Math.log10(error.mul(error).meanNumber().doubleValue()));
            List<BufferedImage> images = Pictures.toImages(pictures);
            PngFile.write(out.resolve("given.png"), given, Map.of());
            PngFile.write(out.resolve("reconstructed.png"), images.get(0), Map.of("prompt", request.source()));
            PngFile.write(
                    out.resolve("edited.png"),
                    images.get(1),
                    Map.of("prompt", request.targets().get(0)));
            PngFile.write(
                    out.resolve("strip.png"),
                    new PictureStrip()
                            .add("given", given)
                            .add("comes back", images.get(0))
                            .add("edited", images.get(1))
                            .image(),
                    Map.of("prompt", request.targets().get(0)));
        }
        System.out.println("see " + out);
    }

    private static BufferedImage yellowSquare() {
        var image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(new Color(245, 245, 245));
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.setColor(new Color(240, 200, 40));
        graphics.fillRect(16, 18, 30, 30);
        graphics.dispose();
        return image;
    }
}
