package org.sd15.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.UNet;

/**
 * What the weights of a model take in float32 while they are used.
 *
 * @param unet bytes of the UNet
 * @param text bytes of the text encoder
 * @param vae bytes of the autoencoder
 */
record ModelMemory(long unet, long text, long vae) {

    static ModelMemory of(ModelFiles files) throws IOException {
        return new ModelMemory(
                bytes(UNet.parameters(files.unetConfig())),
                bytes(ClipTextEncoder.parameters(files.textConfig())),
                bytes(Vae.parameters(files.vaeConfig())));
    }

    private static long bytes(List<ParameterSpec> parameters) {
        return Float.BYTES
                * parameters.stream().mapToLong(ParameterSpec::length).sum();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "weights in use: UNet %.2f GB, text encoder %.2f GB, autoencoder %.2f GB, each once, whatever the files hold;"
                        + " half of it in bfloat16; buffers come on top",
                unet / 1e9,
                text / 1e9,
                vae / 1e9);
    }
}
