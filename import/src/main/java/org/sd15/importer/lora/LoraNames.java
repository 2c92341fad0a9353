package org.sd15.importer.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sd15.importer.ModelPart;

/** The names that files have for a module. */
final class LoraNames {

    /** What PEFT puts before the names of a model that it saves by itself. */
    static final String PEFT_PREFIX = "base_model.model.";

    /** What LyCORIS puts before the names of a model that it is wrapped around without kohya's scripts. */
    private static final String LYCORIS_PREFIX = "lycoris_";

    private static final String TEXT_MODEL = "text_model.";

    /** Of the text encoder in kohya's files and in those that others have converted to them, diffusers among these. */
    private static final List<String> TEXT_PREFIXES =
            List.of("lora_te_", "lora_te1_", "lora_text_encoder_", "lora_text_encoder_1_", LYCORIS_PREFIX);

    /** Diffusers' attention processors held the LoRA until 2023, and called the projections so, whatever the model. */
    private static final Map<String, String> UNET_PROCESSOR =
            Map.of("to_q", "to_q_lora", "to_k", "to_k_lora", "to_v", "to_v_lora", "to_out.0", "to_out_lora");

    private static final Map<String, String> TEXT_PROCESSOR =
            Map.of("q_proj", "to_q_lora", "k_proj", "to_k_lora", "v_proj", "to_v_lora", "out_proj", "to_out_lora");

    private LoraNames() {}

    static List<String> of(LoraModule module) {
        List<String> names = new ArrayList<>();
        addAll(names, module.model(), module.path());
        if (module.path().startsWith(TEXT_MODEL)) { // transformers 5 leaves it out
            addAll(names, module.model(), module.path().substring(TEXT_MODEL.length()));
        }
        String kohya = LoraFormat.kohya(module);
        names.add(kohya);
        if (module.model() == ModelPart.UNET) {
            names.add(LYCORIS_PREFIX + module.path().replace('.', '_'));
        } else {
            String underscored = module.path().replace('.', '_');
            for (String prefix : TEXT_PREFIXES) {
                names.add(prefix + underscored);
                names.add(prefix + underscored.replaceFirst("^" + TEXT_MODEL.replace('.', '_'), ""));
            }
        }
        return names;
    }

    /** The name in files saved from a UNet that was itself called by the names of a single-file checkpoint. */
    static String kohyaLdm(String ldmWeight) {
        String path = ldmWeight.substring(0, ldmWeight.lastIndexOf('.'));
        return LoraFormat.kohyaPrefix(ModelPart.UNET) + path.replace('.', '_');
    }

    private static void addAll(List<String> names, ModelPart model, String path) {
        names.add(path);
        names.add(model + "." + path);
        names.add(PEFT_PREFIX + path);
        Map<String, String> projections = model == ModelPart.UNET ? UNET_PROCESSOR : TEXT_PROCESSOR;
        String between = model == ModelPart.UNET ? ".processor." : ".";
        projections.forEach((projection, old) -> {
            if (path.endsWith("." + projection)) {
                String attention = path.substring(0, path.length() - projection.length() - 1);
                names.add(attention + between + old);
                names.add(model + "." + attention + between + old);
            }
        });
    }
}
