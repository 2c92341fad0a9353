package org.sd15.importer;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What a set of tensors looks like, by their names. */
public enum ModelKind {
    UNET,
    VAE,
    TEXT_ENCODER,
    LORA,
    TEXTUAL_INVERSION,
    UNKNOWN;

    private static final int LARGEST_EMBEDDING_FILE = 2;

    private static final List<String> LORA_NAMES = List.of(
            ".lora_A.",
            ".lora.down.",
            "_lora.down.",
            "lora_linear_layer.down.",
            ".lora_down.",
            ".hada_w",
            ".lokr_w",
            ".oft_");

    private static final List<String> LORA_ENDS = List.of(".on_input", ".ia3_l", ".diff", ".diff_b", ".w_norm");

    /** The kind that the names belong to; they are this project's names. */
    public static ModelKind of(Collection<String> names) {
        if (names.contains("time_embedding.linear_1.weight") && names.contains("conv_in.weight")) {
            return UNET;
        }
        if (names.contains("decoder.conv_in.weight") || names.contains("encoder.conv_in.weight")) {
            return VAE;
        }
        if (names.contains("text_model.embeddings.token_embedding.weight")) {
            return TEXT_ENCODER;
        }
        if (names.stream().anyMatch(ModelKind::isLora)) {
            return LORA;
        }
        return isEmbedding(names) ? TEXTUAL_INVERSION : UNKNOWN;
    }

    /** The spellings of PEFT, diffusers, kohya and LyCORIS. */
    private static boolean isLora(String name) {
        return LORA_NAMES.stream().anyMatch(name::contains)
                || LORA_ENDS.stream().anyMatch(name::endsWith);
    }

    /** A1111's file, or diffusers' with the token itself as the only name: {@code <cat-toy>}. */
    private static boolean isEmbedding(Collection<String> names) {
        return names.stream().anyMatch(name -> name.startsWith("string_to_param."))
                || names.contains("emb_params")
                || (!names.isEmpty()
                        && names.size() <= LARGEST_EMBEDDING_FILE
                        && names.stream().allMatch(name -> name.startsWith("<") && name.endsWith(">")));
    }

    /** In lower case, as diffusers names its folders. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
