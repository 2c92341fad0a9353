package org.sd15.importer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.testing.Closeness;
import org.sd15.testing.Fixture;

/** The reference files of this module: one small model in many formats, and files that are broken in many ways. */
public final class Foreign {

    private Foreign() {}

    /** A file of the folder. */
    public static Path path(String name) {
        return Fixture.resource("import", "foreign/" + name);
    }

    /** What must come out, read by the other reader of safetensors that the tests have. */
    public static Fixture diffusers(String component) {
        String file = component.equals("text_encoder") ? "/model" : "/diffusion_pytorch_model";
        return Fixture.of("import", "foreign/diffusers/" + component + file);
    }

    /** The files of the manifest that are, or are not, valid. */
    public static Stream<String> files(String suffix, boolean valid) {
        try {
            JsonNode manifest =
                    JsonMapper.builder().build().readTree(path("manifest.json").toFile());
            Set<String> names = new TreeSet<>();
            manifest.properties().forEach(entry -> {
                if (entry.getKey().endsWith(suffix)
                        && entry.getValue().get("valid").booleanValue() == valid) {
                    names.add(entry.getKey());
                }
            });
            return names.stream();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Asserts that a tensor has the bits of the reference. */
    public static void assertSame(TensorFile file, String name, INDArray expected) {
        Closeness.assertSameBits(name, file.load(name, DataType.FLOAT).reshape(expected.shape()), expected);
    }
}
