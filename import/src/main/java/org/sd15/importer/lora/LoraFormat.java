package org.sd15.importer.lora;

import org.sd15.importer.ModelPart;

/** How a LoRA's tensors are named in a file. */
public enum LoraFormat {
    /** What diffusers and its training scripts write since 2024: {@code unet.<module>.lora_A.weight}. */
    PEFT("lora_A", "lora_B"),

    /**
     * What diffusers wrote before: {@code unet.<module>.lora.down.weight}, {@code lora_linear_layer} in the text
     * encoder.
     */
    DIFFUSERS("down", "up"),

    /**
     * What kohya's scripts and the web UIs write: {@code lora_unet_<module>.lora_down.weight} with dots turned into
     * underscores, and a scalar {@code alpha} for each module.
     */
    KOHYA("lora_down", "lora_up");

    private final String down;
    private final String up;

    LoraFormat(String down, String up) {
        this.down = down;
        this.up = up;
    }

    /** The name of the first half. */
    String down(LoraModule module) {
        return stem(module) + "." + down + ".weight";
    }

    /** The name of the second half. */
    String up(LoraModule module) {
        return stem(module) + "." + up + ".weight";
    }

    private String stem(LoraModule module) {
        return switch (this) {
            case PEFT -> module.toString();
            case DIFFUSERS -> module + (module.model() == ModelPart.UNET ? ".lora" : ".lora_linear_layer");
            case KOHYA -> kohya(module);
        };
    }

    /** The name of a module in kohya's files, which no longer says where the dots were. */
    static String kohya(LoraModule module) {
        return kohyaPrefix(module.model()) + module.path().replace('.', '_');
    }

    static String kohyaPrefix(ModelPart model) {
        return model == ModelPart.UNET ? "lora_unet_" : "lora_te_";
    }
}
