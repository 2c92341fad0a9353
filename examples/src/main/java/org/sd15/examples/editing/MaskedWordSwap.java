package org.sd15.examples.editing;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.benchmark.method.ChangeMask;
import org.sd15.cli.report.MaskPicture;
import org.sd15.cli.report.PictureStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.EditRequest.Edit;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.image.PictureMetrics;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.mask.MaskSettings;
import org.sd15.shapes.Backdrop;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.Scene;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.ShapeColor;
import org.sd15.shapes.ShapeKind;
import org.sd15.shapes.ShapeObject;

/**
 * A mask of LEDITS++ limits a prompt-to-prompt edit on an exact inversion. The picture is inverted once, by
 * edit-friendly DDPM, and a word is swapped twice: by prompt-to-prompt alone, which moves every latent pixel and with
 * them the other thing in the picture, and within the mask, where all others are those of the given picture, bit by
 * bit.
 *
 * <p>That holds for latents. The autoencoder of the embedded model is small and lets a thing shine into its
 * surroundings, so the last step is done in pixels: what lies outside of the mask, or was not changed on purpose, is
 * taken from the given picture.
 */
public final class MaskedWordSwap {

    private static final String SOURCE = "a orange square below a cyan star on a gray background";
    private static final String TARGET = "a yellow square below a cyan star on a gray background";
    private static final ShapeObject SQUARE = new ShapeObject(ShapeKind.SQUARE, ShapeColor.ORANGE, 0.54, 0.74, 0.17);
    private static final ShapeObject STAR = new ShapeObject(ShapeKind.STAR, ShapeColor.CYAN, 0.45, 0.26, 0.17);
    private static final ScenePainter PAINTER = new ScenePainter(64);
    private static final int STEPS = 20;
    private static final double GUIDANCE = 5;
    private static final double SKIP = 0.15;

    private MaskedWordSwap() {}

    /**
     * Inverts once, edits twice, compares.
     *
     * @param arguments a folder for the pictures (default: out/masked-word-swap)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/masked-word-swap"));
        INDArray given = PAINTER.paint(new Scene(List.of(SQUARE, STAR), Backdrop.GRAY, SOURCE));
        BufferedImage image = Pictures.toImages(given).get(0);
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            Inversion inversion = model.invert(
                    NoiseMapInverter.editFriendly(), given, List.of(SOURCE), RunSettings.DEFAULT.steps(STEPS));
            InvertedPicture picture = new InvertedPicture(inversion, Replay.FREE, SKIP, null);
            INDArray free =
                    model.decode(swap(model, picture, edit -> edit).run().latents());
            MaskSettings limit = new MaskSettings(List.of("square", "square"), 0.75, MaskKind.ATTENTION);
            Editing limited = swap(model, picture, edit -> edit.limit(limit));
            INDArray both = model.decode(limited.run().latents());
            INDArray within = both.get(NDArrayIndex.interval(1, 2));
            INDArray mask = limited.limit().orElseThrow().slice(0); // [16, 16]
            INDArray changed = new ChangeMask(0.06, 0.15, 1).of(within, both.get(NDArrayIndex.interval(0, 1)));
            INDArray composite = ChangeMask.composite(changed.mul(inPixels(mask)), within, given);
            tell("prompt-to-prompt", free.get(NDArrayIndex.interval(1, 2)), given);
            tell("within the mask", within, given);
            tell("and put back", composite, given);
            PngFile.write(
                    out.resolve("strip.png"),
                    new PictureStrip()
                            .add("given", image)
                            .add("prompt-to-prompt", Pictures.toImages(free).get(1))
                            .add("mask of LEDITS++", MaskPicture.of(mask, image))
                            .add("within the mask", Pictures.toImages(within).get(0))
                            .add("and put back", Pictures.toImages(composite).get(0))
                            .image(),
                    Map.of("prompts", SOURCE + " -> " + TARGET));
        }
        System.out.println("see " + out.resolve("strip.png"));
    }

    private static Editing swap(StableDiffusion model, InvertedPicture picture, UnaryOperator<Edit> change) {
        Editing editing = model.edit(EditRequest.of(SOURCE, TARGET)
                .edit(edit -> change.apply(edit.crossSteps(0.2).selfSteps(0.2)))
                .sampling(base -> base.steps(STEPS).guidance(GUIDANCE))
                .picture(picture));
        editing.run().finish();
        return editing;
    }

    /** A mask of latents in the size of the picture. */
    private static INDArray inPixels(INDArray mask) {
        INDArray pixels = Nd4j.create(PAINTER.side(), PAINTER.side());
        long factor = PAINTER.side() / mask.size(0);
        for (int y = 0; y < PAINTER.side(); y++) {
            for (int x = 0; x < PAINTER.side(); x++) {
                pixels.putScalar(y, x, mask.getDouble(y / factor, x / factor));
            }
        }
        return pixels;
    }

    private static void tell(String name, INDArray picture, INDArray given) {
        float[] square = PAINTER.mask(SQUARE);
        double kept =
                PictureMetrics.psnr(PictureMetrics.outside(picture, square), PictureMetrics.outside(given, square));
        System.out.printf("%-17s all but the square: %.1f dB%n", name, kept);
    }
}
