package org.sd15.examples.editing;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.HeatPicture;
import org.sd15.cli.report.PictureStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.KeepOutside;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/**
 * The heat map of a word as the mask of an edit. A word swap that is left enough freedom to change the colour of one object
 * also moves it and drains the other one; within the map of the word, which nobody has to draw by hand, the edit stays where
 * it belongs.
 */
public final class AWordAsAMask {

    private static final String SOURCE = "a yellow square above a red heart on a black background";
    private static final String TARGET = "a blue square above a red heart on a black background";
    private static final long SEED = 3;
    private static final int STEPS = 20;
    private static final double SHARE = 0.5;
    private static final int MARGIN = 2;

    private AWordAsAMask() {}

    /**
     * Draws both edits.
     *
     * @param arguments a folder for the pictures (default: out/a-word-as-a-mask)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/a-word-as-a-mask"));
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            HeatMapRun seen = HeatMapRun.drawn(
                    model, SOURCE, base -> base.steps(STEPS).seed(SEED).scheduler(model.scheduler("ddim")));
            INDArray drawn = seen.run().finish();
            HeatMap square = seen.maps().word("square");
            INDArray mask = square.mask(SHARE, MARGIN);

            EditRequest request = EditRequest.of(SOURCE, TARGET)
                    .edit(edit -> edit.crossSteps(0.4).selfSteps(0.4))
                    .sampling(base -> base.steps(STEPS).seed(SEED));
            INDArray free = model.edit(request).run().finish();
            INDArray masked = model.edit(request.sampling(
                            base -> base.steps(STEPS).seed(SEED).program(new KeepOutside(mask))))
                    .run()
                    .finish();

            BufferedImage before = picture(model, drawn, 0);
            System.out.printf(
                    "changed outside of the mask: %.4f without it, %.4f with it (mean square of the latents)%n",
                    outside(free, mask), outside(masked, mask));
            PngFile.write(
                    out.resolve("strip.png"),
                    new PictureStrip()
                            .add("before", before)
                            .add("heat map of \"square\"", HeatPicture.over(before, square))
                            .add("word swap", picture(model, free, 1))
                            .add("word swap in the map", picture(model, masked, 1))
                            .image(),
                    Map.of("prompts", SOURCE + " -> " + TARGET));
        }
        System.out.println("see " + out.resolve("strip.png"));
    }

    private static BufferedImage picture(StableDiffusion model, INDArray latents, int number) {
        List<BufferedImage> images = Pictures.toImages(model.decode(latents));
        return images.get(number);
    }

    /** How far source and target are apart where nothing was to change. */
    private static double outside(INDArray latents, INDArray mask) {
        INDArray difference = latents.slice(1).sub(latents.slice(0)); // [4, h, w]
        INDArray kept = mask.rsub(1).reshape(1, mask.size(0), mask.size(1));
        INDArray square = difference.mul(difference).mul(kept);
        return square.sumNumber().doubleValue() / (kept.sumNumber().doubleValue() * difference.size(0));
    }
}
