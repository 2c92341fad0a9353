package org.sd15.examples.editing;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.PictureStrip;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.EditBatch;
import org.sd15.pipeline.denoise.EditBatch.Share;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.prompt.LocalBlend;
import org.sd15.pipeline.edit.prompt.PromptToPrompt;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.shapes.EmbeddedModel;

/**
 * Three edits by different methods in one batch: a word swap, a word swap kept local, and MasaCtrl. Control is data, so each
 * row of the model's batch can have its own; every picture is what it would be alone.
 */
public final class SeveralEditsInOneBatch {

    private static final int STEPS = 25;
    private static final long SEED = 3;
    private static final String CIRCLE = "a large red circle on a gray background";
    private static final String BLUE = "a large blue circle on a gray background";
    private static final String TWO = "a red circle left of a blue star on a gray background";
    private static final String OTHER = "a red circle left of a yellow star on a gray background";
    private static final String STAR = "a large red star on a gray background";

    private SeveralEditsInOneBatch() {}

    /**
     * Draws the batch.
     *
     * @param arguments a folder for the pictures (default: out/several-edits)
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/several-edits"));
        try (StableDiffusion model = StableDiffusion.load(EmbeddedModel.folder())) {
            EditPrompts swap = EditPrompts.of(CIRCLE, List.of(BLUE), model.tokenizer()::encode);
            EditPrompts local = EditPrompts.of(TWO, List.of(OTHER), model.tokenizer()::encode);
            EditPrompts shape = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
            EditMethod kept =
                    EditMethod.chain(List.of(PromptToPrompt.of(local), LocalBlend.around(local, "star", "star")));
            EditMethod all = EditBatch.of(
                    new Share(PromptToPrompt.of(swap), 2),
                    new Share(kept, 2),
                    new Share(MasaCtrl.DEFAULT.of(shape), 2));
            INDArray pictures = model.decode(GenerationRequest.of(CIRCLE, BLUE, TWO, OTHER, CIRCLE, STAR)
                    .scheduler(model.scheduler("ddim"))
                    .steps(STEPS)
                    .seeds(SEED, SEED, SEED, SEED, SEED, SEED) // source and target of an edit begin alike
                    .with(all)
                    .build()
                    .on(model)
                    .finish());
            List<BufferedImage> images = Pictures.toImages(pictures);
            PngFile.write(
                    out.resolve("strip.png"),
                    new PictureStrip()
                            .add("red circle", images.get(0))
                            .add("blue: word swap", images.get(1))
                            .add("blue star", images.get(2))
                            .add("yellow: kept local", images.get(3))
                            .add("circle", images.get(4))
                            .add("star: MasaCtrl", images.get(5))
                            .image(),
                    Map.of());
        }
        System.out.println("see " + out.resolve("strip.png"));
    }
}
