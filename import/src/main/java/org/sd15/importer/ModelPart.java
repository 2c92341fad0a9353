package org.sd15.importer;

/** The models that Stable Diffusion 1.5 is made of, under diffusers' names. */
public enum ModelPart {
    UNET("unet", "model.diffusion_model."),
    VAE("vae", "first_stage_model."),
    TEXT_ENCODER("text_encoder", "cond_stage_model.transformer.");

    private final String folder;
    private final String prefix;

    ModelPart(String folder, String prefix) {
        this.folder = folder;
        this.prefix = prefix;
    }

    /** What the names of its tensors begin with in a single-file checkpoint. */
    public String prefix() {
        return prefix;
    }

    /** The name of its folder in diffusers, which is also what the names of its layers in a LoRA begin with. */
    @Override
    public String toString() {
        return folder;
    }
}
