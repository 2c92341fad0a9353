package org.sd15.pipeline.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.machine.MappedPages;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/** A small model in half precision, the same with its numbers widened, and what tells whether its weights were. */
final class HalfModels {

    private HalfModels() {}

    /** Weights that count what is asked for in float32 though it has a row and a column. */
    static final class Counting implements Weights {

        private final Weights weights;
        long wideBytes;
        long mappedBytes;
        long storedBytes;

        Counting(Weights weights) {
            this.weights = weights;
        }

        @Override
        public INDArray get(ParameterSpec spec) {
            wideBytes += spec.shape().length > 1 ? spec.length() * Float.BYTES : 0;
            return weights.get(spec);
        }

        @Override
        public INDArray stored(ParameterSpec spec) {
            INDArray array = weights.stored(spec);
            long bytes = array.length() * array.dataType().width();
            storedBytes += bytes;
            if (MappedPages.kind(array.data().pointer().address(), bytes) == MappedPages.RangeKind.READ_ONLY) {
                mappedBytes += bytes;
            }
            return array;
        }
    }

    /** The model of the tests with all numbers rounded to one type and written as another. */
    static Path model(Path folder, DType rounded, DType written) throws IOException {
        Path shapes = Fixture.resource("sd15-pipeline", "shapes");
        Path target = folder.resolve(rounded + "-as-" + written);
        try (Stream<Path> files = Files.walk(shapes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(shapes.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                if (!file.toString().endsWith(".safetensors")) {
                    Files.copy(file, copy);
                } else {
                    Path narrow = Files.createTempFile(folder, "narrow", ".safetensors");
                    rewrite(file, narrow, rounded);
                    rewrite(narrow, copy, written);
                }
            }
        }
        return target;
    }

    private static void rewrite(Path from, Path to, DType type) throws IOException {
        try (TensorFile file = TensorFiles.open(from)) {
            SafetensorsWriter writer = SafetensorsWriter.create();
            for (String name : file.tensors().keySet()) {
                writer.add(TensorSource.copy(
                        file, name, new TensorInfo(name, type, file.info(name).shape())));
            }
            writer.write(to);
        }
    }

    static UNetInput input(UNet unet) {
        return UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                500,
                Rule.input("context", DataType.FLOAT, 1, 7, unet.config().crossAttentionDim()));
    }
}
