package org.sd15.shapes;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The small Stable Diffusion that the examples carry: 64x64 pictures of coloured shapes. See its model card. */
public final class EmbeddedModel {

    private static final String ROOT = "/shapes/";
    private static final List<String> FILES = List.of(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "tokenizer/merges.txt",
            "tokenizer/special_tokens_map.json",
            "tokenizer/tokenizer.json",
            "tokenizer/tokenizer_config.json",
            "tokenizer/vocab.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors");

    private EmbeddedModel() {}

    /** Its diffusers folder. Inside a jar it can't be mapped; then it is unpacked for the time of this process. */
    public static Path folder() throws IOException {
        URL index = resource(FILES.get(0));
        if (index.getProtocol().equals("file")) {
            return Objects.requireNonNull(path(index).getParent());
        }
        Path folder = TemporaryTree.create("sd15-shapes");
        unpack(folder);
        return folder;
    }

    /** Copies its files into a folder, all that diffusers reads. */
    static void unpack(Path folder) throws IOException {
        for (String name : FILES) {
            Path target = folder.resolve(name);
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            try (InputStream stream = resource(name).openStream()) {
                Files.copy(stream, target);
            }
        }
    }

    private static URL resource(String name) {
        return Objects.requireNonNull(EmbeddedModel.class.getResource(ROOT + name), name);
    }

    private static Path path(URL url) {
        try {
            return Path.of(new URI(url.toString()));
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
