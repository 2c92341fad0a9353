package org.sd15.pipeline.heatmap;

import java.util.Map;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.PromptWords;

/**
 * Heat maps of pictures' words, for any run.
 *
 * @param subjects the prompts by number of the picture
 * @param options what is kept of the attention
 */
public record HeatMapMethod(Map<Integer, PromptWords> subjects, HeatMapOptions options) implements EditMethod {

    /** Copies the map. */
    public HeatMapMethod {
        subjects = Map.copyOf(subjects);
    }

    @Override
    public HeatMapProgram over(Stage stage) {
        return new HeatMapProgram(new HeatMaps(stage.sites(), stage.latents(), stage.rows(), subjects, options));
    }
}
