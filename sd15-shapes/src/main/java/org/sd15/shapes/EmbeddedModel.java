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
import org.jspecify.annotations.Nullable;

/** The small Stable Diffusion that the examples carry: 64x64 pictures of coloured shapes. See its model card. */
public final class EmbeddedModel {

    /** A prompt that it draws, and one that differs in a word: what edits are shown with. */
    public static final String SOURCE = "a large blue star on a white background";

    /** What {@link #SOURCE} is edited to. */
    public static final String TARGET = "a large red star on a white background";

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

    /**
     * Its diffusers folder, the same at each call. Inside a jar it can't be mapped; then it is unpacked for the time of this
     * process, at the first call.
     *
     * @throws IOException if it can't be unpacked
     */
    public static Path folder() throws IOException {
        URL index = resource(FILES.get(0));
        return index.getProtocol().equals("file")
                ? Objects.requireNonNull(path(index).getParent())
                : Unpacked.ONCE.folder();
    }

    /** What came of unpacking: exactly one of the two. */
    private record Unpacked(@Nullable Path done, @Nullable IOException problem) {

        static final Unpacked ONCE = unpacked();

        private static Unpacked unpacked() {
            try {
                Path folder = TemporaryTree.create("sd15-shapes");
                unpack(folder);
                return new Unpacked(folder, null);
            } catch (IOException problem) {
                return new Unpacked(null, problem);
            }
        }

        Path folder() throws IOException {
            if (done == null) {
                throw new IOException("the embedded model can't be unpacked: " + problem, problem);
            }
            return done;
        }
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
