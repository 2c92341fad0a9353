package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/**
 * Files of LyCORIS 4.1.3 and PEFT 0.21.2, and what these make of a weight, in float32: {@code
 * tools/reference/lora_family.py}. The base weights are functions of their names.
 */
class LoraFamilyTest {

    private static final double BOUND = 1e-6;
    private static final Fixture MERGED = Fixture.of("import", "lora/family/merged");

    @TempDir
    private Path folder;

    private static LoraWeights read(String name) throws IOException {
        boolean folder = name.startsWith("peft_");
        Path file = TinyModel.file("family/" + name + (folder ? "/adapter_model" : "") + ".safetensors");
        return LoraFile.read(folder ? Objects.requireNonNull(file.getParent()) : file, TinyModel.TARGETS);
    }

    /** By the names of the parameters. */
    private static Map<String, WeightChange> changes(LoraWeights lora) {
        Map<String, WeightChange> changes = new LinkedHashMap<>();
        lora.changes().forEach((module, change) -> changes.put(module.weight(), change));
        lora.biases().forEach((module, change) -> changes.put(module.bias(), change));
        return changes;
    }

    /** The parameters of a file at a scale, as they are in the fixture. */
    private static Set<String> expected(String name, String scale) {
        return MERGED.names().stream()
                .filter(key -> key.startsWith(name + "/") && key.endsWith("@" + scale))
                .map(key -> key.substring(name.length() + 1, key.indexOf('@')))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static INDArray merged(WeightChange change, String parameter, DataType type, double scale, long... shape) {
        INDArray weight = Rule.tensor(parameter, type, shape);
        change.applyTo(weight, scale);
        return weight;
    }

    private static INDArray everyFourth(INDArray weight) {
        float[] all = weight.dup('c').data().asFloat();
        float[] few = new float[(all.length + 3) / 4];
        for (int i = 0; i < few.length; i++) {
            few[i] = all[4 * i];
        }
        return Nd4j.createFromArray(few);
    }

    @ParameterizedTest
    @CsvSource({
        "lycoris_locon, LoRA; LoRA with lora_mid",
        "lycoris_loha, LoHa",
        "lycoris_lokr, LoKr",
        "lycoris_dora, DoRA; LoHa with DoRA; LoKr with DoRA",
        "lycoris_ia3, (IA)3",
        "lycoris_oft, OFT",
        "lycoris_oft_diag, OFT",
        "lycoris_full, full difference",
        "peft_loha, LoHa",
        "peft_lokr, LoKr",
        "peft_dora, DoRA",
        "peft_ia3, (IA)3",
        "peft_oft, OFT",
        "peft_oft_exact, OFT"
    })
    void mergedGivesWhatTheLibrariesCompute(String name, String methods) throws IOException {
        Map<String, WeightChange> changes = changes(read(name));
        assertThat(changes.values().stream()
                        .map(WeightChange::method)
                        .distinct()
                        .sorted())
                .containsExactly(methods.split("; "));
        assertThat(new TreeSet<>(changes.keySet())).isEqualTo(expected(name, "1.0"));
        changes.forEach((parameter, change) -> {
            INDArray whole = MERGED.get(name + "/" + parameter + "@1.0");
            assertThat(largestDifference(merged(change, parameter, DataType.FLOAT, 1, whole.shape()), whole))
                    .as(parameter)
                    .isLessThan(BOUND);
            String other = name + "/" + parameter + "@0.7";
            if (MERGED.has(other)) {
                INDArray weight = merged(change, parameter, DataType.FLOAT, 0.7, whole.shape());
                assertThat(largestDifference(everyFourth(weight), MERGED.get(other)))
                        .as(other)
                        .isLessThan(BOUND);
            }
        });
        assertThat(expected(name, "0.7")).isSubsetOf(changes.keySet());
    }

    /** A change is seen, and two computations have the same bits; weights in double get the same change. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "lycoris_locon",
                "lycoris_loha",
                "lycoris_lokr",
                "lycoris_dora",
                "lycoris_ia3",
                "lycoris_oft",
                "lycoris_full",
                "peft_oft"
            })
    void aChangeIsAFunctionOfTheWeight(String name) throws IOException {
        LoraWeights lora = read(name);
        changes(lora).forEach((parameter, change) -> {
            long[] shape = MERGED.shape(name + "/" + parameter + "@1.0");
            INDArray once = merged(change, parameter, DataType.FLOAT, 0.3, shape);
            assertSameBits(parameter, merged(change, parameter, DataType.FLOAT, 0.3, shape), once);
            assertThat(largestDifference(once, Rule.tensor(parameter, DataType.FLOAT, shape)))
                    .as(parameter)
                    .isGreaterThan(1e-3);
            assertThat(largestDifference(merged(change, parameter, DataType.DOUBLE, 0.3, shape), once))
                    .as(parameter)
                    .isLessThan(BOUND);
        });
    }

    /** Files are mostly stored so; numbers are rounded in them, not in the sums. */
    @ParameterizedTest
    @CsvSource({"F16, 2e-3", "BF16, 2e-2"})
    void filesInHalfPrecisionAreReadLikeOthers(DType dtype, double bound) throws IOException {
        for (String name : List.of("locon", "loha", "lokr", "dora", "ia3", "oft", "oft_diag", "full")) {
            Path half = folder.resolve(name + dtype + ".safetensors");
            try (TensorFile file = TensorFiles.open(TinyModel.file("family/lycoris_" + name + ".safetensors"))) {
                SafetensorsWriter writer = SafetensorsWriter.create();
                for (TensorInfo info : file.tensors().values()) {
                    boolean whole = info.dtype().isInteger();
                    INDArray array = file.load(info.name(), whole ? DataType.LONG : DataType.FLOAT);
                    writer.add(info.name(), array, whole ? info.dtype() : dtype);
                }
                writer.write(half);
            }
            changes(LoraFile.read(half, TinyModel.TARGETS)).forEach((parameter, change) -> {
                INDArray whole = MERGED.get("lycoris_" + name + "/" + parameter + "@1.0");
                INDArray weight = merged(change, parameter, DataType.FLOAT, 1, whole.shape());
                assertThat(largestDifference(weight, whole))
                        .as(name + " " + parameter)
                        .isLessThan(bound);
            });
        }
    }
}
