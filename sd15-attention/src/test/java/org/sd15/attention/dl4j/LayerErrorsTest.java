package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.deeplearning4j.exception.DL4JInvalidConfigException;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;

/** What the layer refuses, and what it says then. */
class LayerErrorsTest {

    private static final InputType IMAGE = InputType.convolutional(32, 32, 320);
    private static final InputType TEXT = InputType.recurrent(768, 77, RNNFormat.NWC);

    private static CrossAttentionLayer sd15() {
        return CrossAttentionLayer.builder()
                .queryDim(320)
                .contextDim(768)
                .heads(8)
                .textFormat(RNNFormat.NWC)
                .build();
    }

    static List<Arguments> wrongTypes() {
        return List.of(
                Arguments.of(
                        List.of(InputType.convolutional(32, 32, 640), TEXT),
                        "the image is InputTypeConvolutional(h=32,w=32,c=640,NCHW); expected queryDim = 320"),
                Arguments.of(
                        List.of(IMAGE, InputType.recurrent(512, RNNFormat.NWC)),
                        "the text is InputTypeRecurrent(512,format=NWC); expected contextDim = 768"),
                Arguments.of(
                        List.of(IMAGE, InputType.recurrent(768)),
                        "the layer reads sequences as NWC [b, n, c]; set textFormat"),
                Arguments.of(
                        List.of(InputType.convolutional(32, 32, 320, CNN2DFormat.NHWC), TEXT),
                        "a feature map must be NCHW"),
                Arguments.of(
                        List.of(InputType.feedForward(320), TEXT),
                        "expected a feature map (convolutional) or a sequence (recurrent)"),
                Arguments.of(List.of(IMAGE), "has two inputs, image and text; there is 1"));
    }

    @ParameterizedTest
    @MethodSource("wrongTypes")
    void refusesTypesThatDoNotFit(List<InputType> types, String message) {
        assertThatThrownBy(() -> sd15().getOutputType(0, types.toArray(InputType[]::new)))
                .isInstanceOf(InvalidInputTypeException.class)
                .hasMessageStartingWith("CrossAttentionLayer: ")
                .hasMessageContaining(message);
    }

    static List<Arguments> wrongArrays() {
        INDArray image = Nd4j.zeros(2, 3, 2, 2);
        INDArray text = Nd4j.zeros(2, 4, 5);
        return List.of(
                Arguments.of(
                        List.of(Nd4j.zeros(2, 5, 2, 2), text),
                        "vertex attend: the image is [2, 5, 2, 2]; it has 5 channels, expected queryDim = 3"),
                Arguments.of(
                        List.of(image, Nd4j.zeros(2, 5, 4)),
                        "vertex attend: the text is [2, 5, 4] as NCW; it has 5 channels, expected contextDim = 4"),
                Arguments.of(
                        List.of(Nd4j.zeros(2, 3), text),
                        "vertex attend: the image is [2, 3]; expected a feature map [b, c, h, w] or a sequence [b, c,"
                                + " n]"),
                Arguments.of(
                        List.of(image, Nd4j.zeros(3, 4, 5)),
                        "vertex attend: 2 images but 3 texts; each image needs a text"));
    }

    @ParameterizedTest
    @MethodSource("wrongArrays")
    void refusesArraysThatDoNotFit(List<INDArray> arrays, String message) {
        ComputationGraph graph = network(DataType.FLOAT);
        graph.init();
        assertThatThrownBy(() -> graph.output(arrays.toArray(INDArray[]::new)))
                .isInstanceOf(DL4JInvalidInputException.class)
                .hasMessage(message);
    }

    @Test
    void refusesAMaskOfAnotherLength() {
        ComputationGraph graph = network(DataType.FLOAT);
        graph.init();
        INDArray[] inputs = {Nd4j.zeros(2, 3, 2, 2), Nd4j.zeros(2, 4, 5)};
        assertThatThrownBy(() -> graph.output(false, inputs, new INDArray[] {null, Nd4j.ones(2, 4)}))
                .isInstanceOf(DL4JInvalidInputException.class)
                .hasMessage("vertex attend: the mask of the text is [2, 4], expected [2, 5]");
    }

    @Test
    void refusesALengthThatItsOwnMaskIsNotMadeFor() {
        CrossAttentionLayer layer = CrossAttentionLayer.builder()
                .queryDim(3)
                .heads(1)
                .mask(new AttentionMask(List.of("10", "11")))
                .build();
        var graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("image")
                .addVertex("attend", layer, "image")
                .setOutputs("attend")
                .build());
        graph.init();
        assertThatThrownBy(() -> graph.output(Nd4j.zeros(1, 3, 4)))
                .isInstanceOf(DL4JInvalidInputException.class)
                .hasMessage("vertex attend: its mask is made for 2 queries and 2 tokens, there are 4 and 4");
    }

    @Test
    void refusesHalfPrecision() {
        ComputationGraph graph = network(DataType.FLOAT16);
        assertThatThrownBy(graph::init)
                .isInstanceOf(DL4JInvalidConfigException.class)
                .hasMessage("vertex attend: the network computes in HALF, attention needs FLOAT or DOUBLE");
    }

    private static ComputationGraph network(DataType type) {
        return new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs("image", "text")
                .addVertex("attend", SmallNetwork.layer(Wiring.MAP_TO_TEXT), "image", "text")
                .setOutputs("attend")
                .build());
    }
}
