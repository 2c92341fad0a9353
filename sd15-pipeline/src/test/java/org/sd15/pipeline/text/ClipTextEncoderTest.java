package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;
import static org.sd15.testing.Closeness.assertClose;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** Against transformers 5.23 in PyTorch 2.15, float32, in both formulations: bounds are four times PyTorch's own distance from float64. */
@ParameterizedClass
@EnumSource
class ClipTextEncoderTest {

    private static final double BOUND = 4 * 4.8e-7;
    private static final Fixture FILE = Fixture.of("sd15-pipeline", "models/text");
    private static final ClipTextConfig CONFIG = new ClipTextConfig(49408, 32, 128, 2, 4, 77, 1e-5);

    @Parameter
    private Formulations formulation = Formulations.NATIVE;

    private ClipTextEncoder tiny;

    @BeforeEach
    void open() {
        tiny = new ClipTextEncoder(CONFIG, Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution());
    }

    @AfterEach
    void close() {
        tiny.close();
    }

    @Test
    void hasTheParametersOfStableDiffusion15() {
        var specs = ClipTextEncoder.parameters(ClipTextConfig.sd15());
        assertThat(specs).hasSize(196);
        assertThat(specs.stream().mapToLong(ParameterSpec::length).sum()).isEqualTo(123_060_480);
    }

    @Test
    void givesTheStatesOfTransformers() {
        assertClose("last hidden state", tiny.encode(ids()), FILE.get("last_hidden_state"), BOUND);
    }

    @Test
    void skipsLayersAsDiffusersDoes() {
        assertClose("clip skip 1", tiny.encode(1, ids()), FILE.get("clip_skip_1"), BOUND);
    }

    @Test
    void aTokenSeesOnlyThoseBeforeIt() {
        int[] text = ids()[1];
        int[] beginning = Arrays.copyOf(text, 5);
        INDArray states = tiny.encode(text).get(point(0), interval(0, 5), all());
        assertClose("first five", tiny.encode(beginning).slice(0), states, BOUND);
    }

    @Test
    void refusesWhatItCannotEncode() {
        assertThatThrownBy(() -> tiny.encode(new int[78]))
                .hasMessage("a text of 78 tokens, the text encoder takes 77 at most");
        assertThatThrownBy(() -> tiny.encode(new int[] {49408}))
                .hasMessage("token 49408 is not in the text encoder's vocabulary of 49408");
        assertThatThrownBy(() -> tiny.encode(3, new int[] {1}))
                .hasMessage("clip skip is 3, the text encoder has 2 layers");
    }

    private static int[][] ids() {
        INDArray ids = FILE.get("ids");
        int[][] rows = new int[(int) ids.size(0)][(int) ids.size(1)];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = ids.getInt(i, j);
            }
        }
        return rows;
    }
}
