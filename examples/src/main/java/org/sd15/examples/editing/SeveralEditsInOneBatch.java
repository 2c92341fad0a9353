package org.sd15.examples.editing;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.examples.EmbeddedModel;
import org.sd15.examples.report.PictureStrip;
import org.sd15.pipeline.GenerationRequest;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.edit.EditPrompts;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.LocalBlend;
import org.sd15.pipeline.edit.LocalBlendProgram;
import org.sd15.pipeline.edit.MasaCtrl;
import org.sd15.pipeline.edit.PromptToPrompt;
import org.sd15.pipeline.edit.PromptToPromptProgram;
import org.sd15.pipeline.edit.RowLayout;
import org.sd15.pipeline.edit.SideBySide;
import org.sd15.pipeline.edit.SideBySide.Member;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.random.TorchRandom;

/**
 * Three edits by different methods in one batch: a word swap, a word swap kept local, and MasaCtrl. Control is data, so each
 * row of the model's batch can have its own; every picture is what it would be alone.
 */
public final class SeveralEditsInOneBatch {

    private static final int STEPS = 25;
    private static final int TOKENS = 77;
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
            Grid latents = new Grid(16, 16);
            List<AttentionSite> sites = model.unet().sites(latents.height(), latents.width(), TOKENS);
            RowLayout own = new RowLayout(2, true);
            EditPrompts swap = EditPrompts.of(CIRCLE, List.of(BLUE), model.tokenizer()::encode);
            EditPrompts local = EditPrompts.of(TWO, List.of(OTHER), model.tokenizer()::encode);
            EditPrompts shape = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
            EditProgram kept = EditProgram.chain(List.of(
                    new PromptToPromptProgram(PromptToPrompt.of(local), latents, STEPS, own),
                    new LocalBlendProgram(
                            LocalBlend.around(local, "star", "star").over(sites, latents, own, STEPS))));
            EditProgram all = new SideBySide(
                    List.of(
                            new Member(new PromptToPromptProgram(PromptToPrompt.of(swap), latents, STEPS, own), 2),
                            new Member(kept, 2),
                            new Member(MasaCtrl.DEFAULT.over(shape, sites, latents, own), 2)),
                    true);
            INDArray pictures = model.decode(model.generate(GenerationRequest.of(CIRCLE, BLUE, TWO, OTHER, CIRCLE, STAR)
                            .scheduler(model.scheduler("ddim"))
                            .steps(STEPS)
                            .latents(noise(3, 3, 3))
                            .program(all)
                            .build())
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

    /** Start noise: source and target of an edit begin alike. */
    private static INDArray noise(long... seeds) {
        INDArray[] noise = new INDArray[2 * seeds.length];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = new TorchRandom(seeds[i / 2]).randn(1, 4, 16, 16);
        }
        return Nd4j.concat(0, noise);
    }
}
