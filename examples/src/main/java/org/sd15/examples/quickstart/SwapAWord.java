package org.sd15.examples.quickstart;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.sd15.cli.report.HeatPicture;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/**
 * Prompt-to-prompt: a picture is drawn twice from the same noise, once as a blue star and once as a red one; the second
 * follows the attention of the first.
 */
public final class SwapAWord {

    private SwapAWord() {}

    /**
     * Draws and edits.
     *
     * @param arguments a folder for the pictures (default: out/swap-a-word)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/swap-a-word"));
        Blend around =
                Blend.of("star", "star").threshold(0.6).resolution(new Grid(8, 8)); // only there may the picture change
        EditRequest request = EditRequest.of(
                        "a large blue star on a white background", "a large red star on a white background")
                .edit(edit -> edit.crossSteps(0.8).selfSteps(0.4).blend(around))
                .sampling(base -> base.steps(25))
                .withHeatMaps();
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            Editing editing = model.edit(request);
            System.out.println(editing.alignments().get(0).table());
            editing.run()
                    .forEachRemaining(step -> System.out.printf("step %d of %d%n", step.index() + 1, step.count()));

            List<BufferedImage> images =
                    Pictures.toImages(model.decode(editing.run().latents()));
            PngFile.write(out.resolve("before.png"), images.get(0), Map.of("prompt", request.source()));
            PngFile.write(
                    out.resolve("after.png"),
                    images.get(1),
                    Map.of("prompt", request.targets().get(0)));
            HeatMap red = editing.heatMaps(1).orElseThrow().word("red");
            PngFile.write(out.resolve("red.png"), HeatPicture.over(images.get(1), red), Map.of("word", "red"));
        }
        System.out.println("see " + out);
    }
}
