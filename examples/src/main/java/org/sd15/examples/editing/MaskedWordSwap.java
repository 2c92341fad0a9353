package org.sd15.examples.editing;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.examples.EmbeddedModel;
import org.sd15.examples.report.MaskPicture;
import org.sd15.pipeline.EditRequest;
import org.sd15.pipeline.EditRequest.Edit;
import org.sd15.pipeline.EditRequest.Replay;
import org.sd15.pipeline.Editing;
import org.sd15.pipeline.GenerationRequest;
import org.sd15.pipeline.InvertedPicture;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.ledits.Limit;
import org.sd15.pipeline.ledits.MaskKind;

/**
 * A mask of LEDITS++ limits a prompt-to-prompt edit on an exact inversion. The picture is inverted once, by edit-friendly
 * DDPM, and its word is swapped twice: by prompt-to-prompt alone, which moves every latent pixel, and within the mask, where
 * all others are those of the given picture, bit by bit.
 *
 * <p>That holds for latents. The autoencoder of the embedded model is small and lets an object shine into its background:
 * decoded, the background differs from the source's in both cases, here by 24.4 dB without and 22.1 dB within the mask, while
 * the square becomes bluer (0.50 and 0.62).
 */
public final class MaskedWordSwap {

    private static final String SOURCE = "a large yellow square on a white background";
    private static final String TARGET = "a large blue square on a white background";
    private static final int STEPS = 20;

    private MaskedWordSwap() {}

    /**
     * Inverts once, edits twice, compares.
     *
     * @param arguments a folder for the pictures (default: out/masked-word-swap)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/masked-word-swap"));
        BufferedImage given = DrawnSquare.of(new Color(240, 200, 40));
        PngFile.write(out.resolve("given.png"), given, Map.of());
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            Inversion inversion = model.invert(
                    NoiseMapInverter.editFriendly(),
                    Pictures.fromImage(given),
                    List.of(SOURCE),
                    GenerationRequest.of(SOURCE).steps(STEPS).build().sampling());
            InvertedPicture picture = new InvertedPicture(inversion, Replay.FREE, 0.2, null);
            swap(model, picture, out, "prompt-to-prompt", edit -> edit);
            Limit limit = new Limit(List.of("square", "square"), 0.6, MaskKind.ATTENTION);
            Editing limited = swap(model, picture, out, "within-the-masks", edit -> edit.limit(limit));
            INDArray mask = limited.limit().orElseThrow().slice(0);
            PngFile.write(out.resolve("mask.png"), MaskPicture.of(mask, given), Map.of());
        }
        System.out.println("see " + out);
    }

    private static Editing swap(
            StableDiffusion model, InvertedPicture picture, Path out, String name, UnaryOperator<Edit> change)
            throws Exception {
        Editing editing = model.edit(EditRequest.of(SOURCE, TARGET)
                .edit(edit -> change.apply(edit.crossSteps(0.4).selfSteps(0.4)))
                .sampling(base -> base.steps(STEPS).guidance(2.5))
                .picture(picture));
        INDArray latents = editing.run().finish();
        INDArray pictures = model.decode(latents);
        double[] colour = DrawnSquare.colour(pictures.slice(1));
        System.out.printf(
                "%-17s %3d of %d latents are the source's; decoded background %.1f dB; colour of the square %.2f %.2f %.2f%n",
                name,
                latents.slice(1)
                        .eq(latents.slice(0))
                        .castTo(DataType.FLOAT)
                        .sumNumber()
                        .intValue(),
                latents.slice(0).length(),
                DrawnSquare.backgroundPsnr(pictures.slice(1), pictures.slice(0)),
                colour[0],
                colour[1],
                colour[2]);
        PngFile.write(out.resolve(name + ".png"), Pictures.toImages(pictures).get(1), Map.of("prompt", TARGET));
        return editing;
    }
}
