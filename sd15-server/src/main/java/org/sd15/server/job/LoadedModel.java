package org.sd15.server.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.pipeline.StableDiffusion;

/**
 * The model that jobs use now.
 *
 * @param name in the list of models
 * @param model itself
 * @param hash what the web UI tells models apart by; empty if it has none
 * @param preview its pictures of latents
 * @param inversions of pictures, by this model
 * @param embeddings learnt words that it was given
 * @param version of the program
 */
public record LoadedModel(
        String name,
        StableDiffusion model,
        String hash,
        LatentPreview preview,
        Inversions inversions,
        List<LearntWord> embeddings,
        String version) {

    /** The model under the keys of the web UI. */
    Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (!hash.isEmpty()) {
            parameters.put("Model hash", hash);
        }
        parameters.put("Model", name.replaceAll("\\.(safetensors|ckpt)$", ""));
        return parameters;
    }

    /** Whether it denoises latents alone, and not with a picture beside them: only then its pictures can be edited. */
    public boolean isEditable() {
        return model.unet().config().inChannels() == model.vae().config().latentChannels();
    }
}
