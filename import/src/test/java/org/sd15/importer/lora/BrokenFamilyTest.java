package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.importer.lora.SmallLora.TO_Q;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.io.ImportException;

/** LoHa, LoKr and the others that do not fit: one clear error with tensor and shapes, nothing loaded. */
class BrokenFamilyTest {

    private static final String Q = "lora_unet_" + TO_Q.replace('.', '_');
    private static final String CONV = "lora_unet_conv_in";
    private static final String NORM = "lora_unet_conv_norm_out";

    @TempDir
    private Path folder;

    private SmallLora lora;

    @BeforeEach
    void start() {
        lora = SmallLora.in(folder);
    }

    /** Tensors as {@code name 2x3, name 4}, a name without a shape being a number. */
    private void put(String module, String tensors) {
        for (String tensor : tensors.split(", ")) {
            String[] parts = tensor.split(" ");
            long[] shape = parts.length == 1
                    ? new long[0]
                    : Arrays.stream(parts[1].split("x"))
                            .mapToLong(Long::parseLong)
                            .toArray();
            if (parts[0].equals("on_input")) {
                lora.tensors().put(module + ".on_input", Nd4j.scalar(DataType.LONG, 1));
            } else {
                lora.put(module + "." + parts[0], shape);
            }
        }
    }

    private void assertRefused(String message) {
        assertThatThrownBy(lora::read)
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(folder.resolve("lora.safetensors").toString())
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        hada_w1_a 32x2, hada_w1_b 2x31, hada_w2_a 32x2, hada_w2_b 2x32 | hada_w1_b is [2, 31], must be [2, 32]
        hada_w1_a 32x2, hada_w1_b 2x32, hada_w2_a 32x3, hada_w2_b 3x32 | hada_w2_a is [32, 3], must be [32, 2]
        lokr_w1 5x4, lokr_w2 8x8                                       | lokr_w1 is [5, 4], must be [a, c]
        lokr_w1 4x4, lokr_w2 8x9                                       | lokr_w2 is [8, 9], must be [8, 8]
        lokr_w1 4x4, lokr_w2_a 8x2, lokr_w2_b 3x8                      | lokr_w2_a is [8, 2], must be [8, 3]
        lokr_w1_a 4x2, lokr_w1_b 3x4, lokr_w2 8x8                      | lokr_w1_a is [4, 2], must be [4, 3]
        diff 32x31                                                     | diff is [32, 31], must be [32, 32]
        oft_blocks 8x4x5                                               | oft_blocks is [8, 4, 5], must be [8, 4, 4]
        oft_blocks 3x10x10                                             | must be [blocks, size, size] with blocks * size = 32
        oft_blocks 2x8x4x4                                             | tensors of BOFT, which is not supported
        oft_diag 32x1                                                  | oft_diag is [32, 1], must be [blocks
        oft_R.weight 4x27                                              | oft_R.weight is [4, 27], must be [blocks
        oft_R.weight 5x28                                              | with blocks * size = 32, or one block
        oft_blocks 8x4x4, rescale 31x1                                 | rescale is [31, 1], must be 32 numbers
        weight 31, on_input                                            | weight is [31], must be 32 numbers
        ia3_l 1x31                                                     | ia3_l is [1, 31], must be [32, 1] or [1, 32]
        lora_down.weight 2x32, lora_up.weight 32x2, dora_scale 31x1    | dora_scale is [31, 1], must be [32, 1] or [1, 32]
        lora_A.weight 2x32, lora_B.weight 32x2, lora_magnitude_vector 31 | must be [32] for a weight of [32, 32]
        """)
    void wrongShapesAreSaid(String tensors, String message) {
        put(Q, tensors);
        assertRefused(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        lora_down.weight 2x4x1x1, lora_up.weight 32x2x1x1, lora_mid.weight 2x2x1x3 | lora_mid.weight is [2, 2, 1, 3], must be [2, 2, 3, 3]
        hada_w1_a 2x32, hada_w1_b 2x4, hada_w2_a 2x32, hada_w2_b 2x4, hada_t1 2x2x3x3, hada_t2 3x3x3x3 | hada_t2 is [3, 3, 3, 3], must be [2, 2, 3, 3]
        lokr_w1 4x2, lokr_w2 8x2x3x1                             | lokr_w2 is [8, 2, 3, 1], must be [8, 2, 3, 3]
        lokr_w1 4x2, lokr_w2_a 2x8, lokr_w2_b 2x2, lokr_t2 2x2x3 | lokr_t2 is [2, 2, 3], must be [2, 2, 3, 3]
        ia3_l 1x5x1x1                                            | ia3_l is [1, 5, 1, 1], must be [1, 32, 1, 1] or [1, 4, 1, 1]
        """)
    void wrongKernelsAreSaid(String tensors, String message) {
        put(CONV, tensors);
        assertRefused(message + " for a weight of [32, 4, 3, 3]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        hada_w1_a 32x2, hada_w1_b 2x32, hada_w2_a 32x2                  | 1 modules without their other half
        lokr_w1 4x4                                                     | 1 modules without their other half
        lokr_w1 4x4, lokr_w2 8x8, lokr_w2_a 8x2                         | 1 modules without their other half
        oft_blocks 8x4x4, oft_diag 8x4x4                                | 1 modules without their other half
        alpha                                                           | 1 modules without their other half
        diff 32x32, ia3_l 32x1                                          | 1 modules with tensors of several methods: [full difference, (IA)3]
        diff 32x32, dora_scale 32x1                                     | tensors of DoRA, which does not go together with others
        weight 32x32                                                    | is no LoRA
        diff_b 32                                                       | 1 biases of modules that have none
        lokr_t1 2x2                                                     | 1 tensors of another form of LoKr, which is not supported
        """)
    void whatDoesNotBelongTogetherIsSaid(String tensors, String message) {
        put(Q, tensors);
        assertRefused(message);
    }

    @Test
    void aNormTakesADifferenceOnly() throws IOException {
        put(NORM, "lora_down.weight 2x32, lora_up.weight 32x2");
        assertRefused("1 modules that take a full difference only: " + NORM);
        lora.tensors().clear();
        put(NORM, "diff 32, diff_b 32");
        LoraWeights read = lora.read();
        LoraModule norm = LoraModule.unet("conv_norm_out");
        assertThat(read.changes()).containsOnlyKeys(norm);
        assertThat(read.biases()).containsOnlyKeys(norm);
    }

    /** Nothing of a file is dropped in silence. */
    @Test
    void alphasThatNothingUsesAreNamed() throws IOException {
        List<String> warnings = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord logged) {
                warnings.add(new SimpleFormatter().formatMessage(logged));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(LoraReader.class.getName());
        logger.addHandler(handler);
        try {
            put(Q, "hada_w1_a 32x2, hada_w1_b 2x32, hada_w2_a 32x2, hada_w2_b 2x32, alpha");
            lora.read();
            assertThat(warnings).isEmpty();
            put(NORM, "diff 32, alpha");
            put(CONV, "weight 4, on_input, alpha");
            lora.read();
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith(folder.resolve("lora.safetensors").toString())
                .contains("2 alphas are of no use to (IA)3 and full differences", NORM + ".alpha", CONV + ".alpha");
    }

    @Test
    void emptyTensorsAreRefused() {
        put(Q, "oft_R.weight 0x28");
        assertRefused("1 tensors without elements: " + Q + ".oft_R.weight F32[0, 28]");
    }

    /** What can only be merged is not taken for the two halves of a plain LoRA. */
    @Test
    void otherKindsHaveNoLayers() throws IOException {
        put(Q, "hada_w1_a 32x2, hada_w1_b 2x32, hada_w2_a 32x2, hada_w2_b 2x32");
        LoraWeights read = lora.read();
        assertThatThrownBy(read::layers)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the LoRA has changes by LoHa, which can only be merged into a model");
        assertThatThrownBy(() -> LoraFile.write(read, LoraFormat.PEFT, folder.resolve("out.safetensors")))
                .hasMessageContaining("can only be merged");
    }
}
