package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.awt.Color;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.pictograms.Pictograms;
import org.sd15.shapes.pictograms.Pictograms.Name;
import org.sd15.testing.shapes.DrawnSprites;

/** The whole recipe in a few steps, on pictograms that the test draws. */
class PictogramMainTest {

    private static final String RECIPE = """
            {"seed": 3,
             "autoencoder": {"batch": 2, "steps": 2, "learning_rate": 1e-3, "warmup": 0, "ema_decay": 0.9},
             "model": {"steps": %d, "learning_rate": 2e-4, "warmup": 0, "ema_decay": 0.99, "caption_dropout": 0.1,
                       "offset_noise": 0.1, "high_noise": 20, "pool": 4,
                       "stages": [{"from": 0, "pictograms": 3, "batch": 2}, {"from": 1, "pictograms": 5, "batch": 4}]}}
            """;

    @TempDir
    private Path folder;

    private void makePackage() throws Exception {
        Path images = Files.createDirectories(folder.resolve("package/img/google/64"));
        ArrayNode index = new ObjectMapper().createArrayNode();
        for (Name name : Pictograms.names()) {
            Color color = new Color(Color.HSBtoRGB(name.hashCode() / 1e4f, 1, 0.9f));
            String file = name.shortName() + ".png";
            PngFile.write(images.resolve(file), DrawnSprites.image(color, true), Map.of());
            index.addObject().put("image", file).putArray("short_names").add(name.shortName());
        }
        Files.writeString(folder.resolve("package/emoji.json"), index.toString());
    }

    private void train(int steps) throws Exception {
        Path recipe = Files.writeString(folder.resolve("recipe.json"), RECIPE.formatted(steps));
        PictogramsFromNothing.main(new String[] {folder.toString(), "60", recipe.toString()});
    }

    @Test
    @Tag("full")
    void aModelComesFromNothingGoesOnAndDraws() throws Exception {
        makePackage();
        train(1);
        assertThat(folder.resolve("vae-training/back-000002.png")).exists();
        assertThat(folder.resolve("training/drawn-000001.png")).exists();
        train(2);
        List<String> losses = Files.readAllLines(folder.resolve("training/held-out.csv"));
        assertThat(losses).hasSize(3);
        assertThat(losses.get(1)).startsWith("1,3,");
        assertThat(losses.get(2)).startsWith("2,5,");
        assertThat(Files.readAllLines(folder.resolve("vae-training/psnr.csv"))).hasSize(1);
        try (StableDiffusion model = StableDiffusion.load(folder.resolve("model"))) {
            INDArray drawn = new Drawing(1, 1, 1).of(model, List.of("a fox left of a red heart"));
            assertThat(drawn.shape()).containsExactly(1, 3, 64, 64);
            assertThat(model.tokenizer().encode("a fox left of a red heart").ids())
                    .hasSize(9);
        }
    }
}
