package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.shapes.EmbeddedModel;

/** A model that follows instructions: the embedded one with four more channels, whose weights are zero. */
final class WiderModel {

    private WiderModel() {}

    /** Writes it to a folder. */
    static Path in(Path target) throws IOException {
        Path source = EmbeddedModel.folder();
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(source.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                Files.copy(file, copy);
            }
        }
        Path config = target.resolve("unet/config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\"in_channels\": 4", "\"in_channels\": 8"));
        Path weights = target.resolve("unet/diffusion_pytorch_model.safetensors");
        Map<String, INDArray> all = new LinkedHashMap<>(Tensors.readAll(weights));
        all.computeIfPresent("conv_in.weight", (name, narrow) -> Nd4j.concat(1, narrow, narrow.mul(0)));
        Tensors.write(weights, all);
        return target;
    }
}
