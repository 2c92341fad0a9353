package org.sd15.pipeline.edit.masactrl;

import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.EditPrompts;

/**
 * {@link MasaCtrl} of given prompts.
 *
 * @param control what the attention of the targets takes from the source
 * @param prompts of the source and the targets
 */
public record MasaCtrlEdit(MasaCtrl control, EditPrompts prompts) implements EditMethod {

    @Override
    public MasaCtrlProgram over(Stage stage) {
        return control.over(prompts, stage.sites(), stage.latents(), stage.rows());
    }
}
