package org.sd15.importer.lora;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNetConfig;

/** The modules of the small model that the reference LoRAs were made for, see {@code tools/reference/README.md}. */
final class TinyModel {

    static final LoraTargets TARGETS = LoraTargets.of(unet(), text());

    private TinyModel() {}

    /** A LoRA or embedding that diffusers or kohya's scripts would have written. */
    static Path file(String name) {
        return Fixture.resource("import", "lora/" + name);
    }

    private static UNetConfig unet() {
        UNetConfig usual = UNetConfig.sd15();
        return new UNetConfig(
                4,
                4,
                List.of(32, 48, 64, 64),
                usual.downBlockTypes(),
                usual.upBlockTypes(),
                2,
                8,
                32,
                16,
                usual.normEps(),
                false);
    }

    private static List<ParameterSpec> text() {
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(new ParameterSpec("text_model.embeddings.token_embedding.weight", 49408, 32));
        for (int i = 0; i < 2; i++) {
            String layer = "text_model.encoder.layers." + i;
            specs.add(new ParameterSpec(layer + ".layer_norm1.weight", 32));
            specs.add(new ParameterSpec(layer + ".layer_norm1.bias", 32));
            for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                specs.add(new ParameterSpec(layer + ".self_attn." + projection + ".weight", 32, 32));
                specs.add(new ParameterSpec(layer + ".self_attn." + projection + ".bias", 32));
            }
            specs.add(new ParameterSpec(layer + ".mlp.fc1.weight", 128, 32));
            specs.add(new ParameterSpec(layer + ".mlp.fc2.weight", 32, 128));
        }
        return specs;
    }
}
