package org.sd15.importer.names;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.sd15.importer.tensor.TensorFile;

/**
 * Names that diffusers and transformers have used at other times for the same tensors, brought to the spelling of this
 * project.
 *
 * <ul>
 *   <li>The text encoder's tensors begin with {@code text_model.}; transformers 5 leaves that out.
 *   <li>The autoencoder's attention has {@code to_q, to_k, to_v, to_out.0}; before diffusers 0.14 it had {@code query,
 *       key, value, proj_attn}.
 * </ul>
 */
public final class LegacyNames {

    private static final String TEXT_MODEL = "text_model";

    private static final Set<String> TEXT_MODULES = Set.of("embeddings", "encoder", "final_layer_norm");

    private static final Map<String, String> OLD_VAE_ATTENTION =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private static final ModuleNames OLD_VAE = oldVae();

    private LegacyNames() {}

    private static ModuleNames oldVae() {
        ModuleNames names = new ModuleNames();
        for (String half : new String[] {"encoder", "decoder"}) {
            String attention = half + ".mid_block.attentions.0.";
            OLD_VAE_ATTENTION.forEach((old, now) -> names.add(attention + now, attention + old));
        }
        return names;
    }

    /**
     * Whether a tensor is a buffer that real checkpoints carry and no model here has a parameter for: the positions of the
     * text encoder, which are the numbers from 0 to 76.
     */
    public static boolean isBuffer(String name) {
        return name.equals("position_ids") || name.endsWith("embeddings.position_ids");
    }

    /** The same tensors in this project's spelling; the file itself if that is its own. */
    public static TensorFile normalise(TensorFile file) {
        boolean bareText = file.tensors().containsKey("embeddings.token_embedding.weight");
        Map<String, String> originals = new LinkedHashMap<>();
        boolean changed = false;
        for (String name : file.tensors().keySet()) {
            String normal =
                    bareText ? withTextModel(name) : OLD_VAE.toDiffusers(name).orElse(name);
            originals.put(normal, name);
            changed |= !normal.equals(name);
        }
        boolean unambiguous = originals.size() == file.tensors().size();
        return changed && unambiguous ? new RenamedTensors(file, originals, file::close) : file;
    }

    /** The text encoder's tensor with its prefix, whether or not it came with it. */
    public static String withTextModel(String name) {
        int dot = name.indexOf('.');
        return dot > 0 && TEXT_MODULES.contains(name.substring(0, dot)) ? TEXT_MODEL + "." + name : name;
    }
}
