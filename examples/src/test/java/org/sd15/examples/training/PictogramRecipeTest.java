package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.examples.training.PictogramRecipe.Stage;
import org.sd15.shapes.pictograms.Pictograms;

class PictogramRecipeTest {

    @TempDir
    private Path folder;

    private PictogramRecipe read(String json) throws Exception {
        return PictogramRecipe.read(Files.writeString(folder.resolve("recipe.json"), json));
    }

    private static String recipe(String stages) {
        return """
               {"seed": 3,
                "autoencoder": {"batch": 2, "steps": 4, "learning_rate": 1e-3, "warmup": 1, "ema_decay": 0.9},
                "model": {"steps": 9, "learning_rate": 2e-4, "warmup": 5, "ema_decay": 0.99, "caption_dropout": 0.1,
                          "offset_noise": 0.2, "high_noise": 20, "pool": 64, "stages": [%s]}}
               """.formatted(stages);
    }

    @Test
    void theProjectsRecipeCanBeFollowed() throws Exception {
        PictogramRecipe recipe = PictogramRecipe.read(null);
        int listed = Pictograms.names().size();
        assertThat(recipe.model().stages())
                .isNotEmpty()
                .allMatch(stage -> stage.pictograms() >= 2 && stage.pictograms() <= listed && stage.batch() > 0)
                .isSortedAccordingTo((a, b) -> Integer.compare(a.from(), b.from()));
        assertThat(recipe.model().stages()).last().extracting(Stage::pictograms).isEqualTo(listed);
    }

    @Test
    void aRecipeIsReadAsItIsWritten() throws Exception {
        PictogramRecipe recipe = read(recipe("{\"from\": 0, \"pictograms\": 2, \"batch\": 8}"));
        assertThat(recipe.seed()).isEqualTo(3);
        assertThat(recipe.autoencoder()).isEqualTo(new PictogramRecipe.Autoencoder(2, 4, 1e-3, 1, 0.9));
        assertThat(recipe.model().learningRate()).isEqualTo(2e-4);
        assertThat(recipe.model().offsetNoise()).isEqualTo(0.2);
        assertThat(recipe.model().stages()).containsExactly(new Stage(0, 2, 8));
    }

    @Test
    void aStageLastsUntilTheNextBegins() throws Exception {
        PictogramRecipe.Model model = read(recipe(
                        "{\"from\": 0, \"pictograms\": 2, \"batch\": 8}, {\"from\": 5, \"pictograms\": 3, \"batch\": 4}"))
                .model();
        assertThat(model.stage(0).pictograms()).isEqualTo(2);
        assertThat(model.stage(4).pictograms()).isEqualTo(2);
        assertThat(model.stage(5).pictograms()).isEqualTo(3);
        assertThat(model.stage(100).batch()).isEqualTo(4);
    }

    @Test
    void aRecipeWithoutAFirstStageOrWithAWrongWordIsRefused() {
        String stage = "{\"from\": 0, \"pictograms\": 2, \"batch\": 8}";
        assertThatThrownBy(() -> read(recipe("{\"from\": 5, \"pictograms\": 2, \"batch\": 8}")))
                .hasMessageContaining("recipe.json: ")
                .hasMessageContaining("must begin with one from step 0");
        assertThatThrownBy(() -> read(recipe("{\"from\": 0, \"batch\": 8}")))
                .hasMessageContaining("recipe.json: ")
                .hasMessageContaining("'pictograms'");
        assertThatThrownBy(() -> read(recipe(stage).replace("\"seed\": 3", "\"seed\": 3, \"sead\": 4")))
                .hasMessageContaining("recipe.json: ")
                .hasMessageContaining("\"sead\"");
    }
}
