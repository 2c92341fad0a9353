package org.sd15.examples.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.CheckpointWeights;
import org.sd15.importer.ModelExport;
import org.sd15.importer.ModelFolder;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetInput;

/**
 * A diffusers folder becomes a UNet in SameDiff: read the configuration, compare names and shapes with the architecture,
 * map the weights, predict noise; then write it back, byte by byte.
 */
public final class ImportCheckpoint {

    private ImportCheckpoint() {}

    /**
     * Imports a model.
     *
     * @param arguments a diffusers folder, or nothing for the embedded model
     */
    public static void main(String[] arguments) throws IOException {
        Path path = arguments.length > 0 ? Path.of(arguments[0]) : EmbeddedModel.folder();
        ModelFolder folder = ModelFolder.open(path);
        UNetConfig config = folder.unetConfig();
        System.out.println(config);

        // What the architecture needs, before a single weight is loaded.
        List<ParameterSpec> parameters = UNet.parameters(config);
        try (CheckpointWeights weights = folder.component("unet").weights()) {
            System.out.println("unet: " + weights.check(parameters));
            weights.check(parameters).requireComplete();
            try (UNet unet = new UNet(config, weights)) {
                predict(unet);
            }
        }
        export(folder);
    }

    private static void predict(UNet unet) {
        int side = 16;
        INDArray noise = Nd4j.randn(DataType.FLOAT, 1, unet.config().inChannels(), side, side);
        INDArray text = Nd4j.randn(DataType.FLOAT, 1, 77, unet.config().crossAttentionDim());
        INDArray prediction = unet.predict(UNetInput.of(noise, 981, text));
        System.out.printf(
                "predicted noise %s, mean %.4f, deviation %.4f%n",
                java.util.Arrays.toString(prediction.shape()),
                prediction.meanNumber().doubleValue(),
                prediction.stdNumber().doubleValue());
        System.out.printf(
                "attentions: %d, the first is %s%n",
                unet.sites(side, side, 77).size(), unet.sites(side, side, 77).get(0));
    }

    private static void export(ModelFolder folder) throws IOException {
        Path target = Files.createTempDirectory("sd15-export");
        ModelExport.of(folder.component("unet")).write(target);
        try (var files = Files.list(target)) {
            for (Path file : files.sorted().toList()) {
                Path original = folder.component("unet").path().resolve(file.getFileName());
                System.out.printf(
                        "written back: %s, %s%n",
                        file.getFileName(), Files.mismatch(file, original) < 0 ? "the same bytes" : "other bytes");
                Files.delete(file);
            }
        }
        Files.delete(target);
    }
}
