package org.sd15.pipeline.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.text.ClipTextConfig;

/**
 * Initial weights of a model's parts, before any training.
 *
 * <p>A UNet and an autoencoder get the numbers that diffusers gives them after {@code torch.manual_seed(seed)}, bit for
 * bit: linear layers and convolutions are uniform within 1 / sqrt(inputs), norms are 1 and 0. A text encoder gets
 * normal numbers of the standard deviations of transformers' {@code CLIPPreTrainedModel._init_weights}.
 */
final class InitialWeights implements Weights {

    private static final String BIAS = ".bias";
    private static final String WEIGHT = ".weight";
    private static final double EMBEDDING_STD = 0.02;

    /** As {@code torch.nn.init.kaiming_uniform_} has it for a = sqrt(5), rounding included; 1 / sqrt(3) on paper. */
    private static final double KAIMING_GAIN = Math.sqrt(2 / (1 + Math.sqrt(5) * Math.sqrt(5)));

    private final Map<String, INDArray> arrays = new HashMap<>();

    private InitialWeights() {}

    /** A UNet or an autoencoder. */
    static Weights ofConvolutions(List<ParameterSpec> parameters, long seed) {
        InitialWeights weights = new InitialWeights();
        TorchRandom random = new TorchRandom(seed);
        Map<String, Double> bounds = new HashMap<>();
        List<ParameterSpec> inOrder = new ArrayList<>(parameters);
        inOrder.sort(Comparator.comparingInt(InitialWeights::turn)); // stable: the others keep their order
        for (ParameterSpec spec : inOrder) {
            long[] shape = spec.shape();
            if (shape.length > 1) {
                double inputs = (double) spec.length() / shape[0];
                double bound = Math.sqrt(3) * (KAIMING_GAIN / Math.sqrt(inputs));
                weights.put(spec, random.uniform(-bound, bound, shape));
                bounds.put(stem(spec), 1 / Math.sqrt(inputs));
            } else if (bounds.containsKey(stem(spec))) {
                double bound = Objects.requireNonNull(bounds.get(stem(spec)));
                weights.put(spec, random.uniform(-bound, bound, shape));
            } else {
                weights.put(spec, norm(spec));
            }
        }
        return weights;
    }

    /** Where diffusers makes a layer earlier or later than a picture passes through it. */
    private static int turn(ParameterSpec spec) {
        if (spec.name().startsWith("conv_in.")) {
            return 0; // before the time embedding
        }
        return spec.name().contains("quant_conv.") ? 2 : 1;
    }

    /** A text encoder. */
    static Weights ofText(ClipTextConfig config, List<ParameterSpec> parameters, long seed) {
        InitialWeights weights = new InitialWeights();
        TorchRandom random = new TorchRandom(seed);
        for (ParameterSpec spec : parameters) {
            if (spec.shape().length > 1) {
                weights.put(spec, random.randn(spec.shape()).muli(std(config, spec.name())));
            } else {
                weights.put(spec, norm(spec));
            }
        }
        return weights;
    }

    private static double std(ClipTextConfig config, String name) {
        if (name.contains("_embedding.")) {
            return EMBEDDING_STD;
        }
        double width = config.hiddenSize();
        if (name.contains(".out_proj.")) {
            return 1 / Math.sqrt(width);
        }
        // fc1 spreads over the width and its gate; what is added to the residual shrinks with the number of additions
        return name.contains(".fc1.") ? 1 / Math.sqrt(2 * width) : 1 / Math.sqrt(width * 2 * config.numHiddenLayers());
    }

    private static INDArray norm(ParameterSpec spec) {
        return spec.name().endsWith(BIAS)
                ? Nd4j.zeros(DataType.FLOAT, spec.shape())
                : Nd4j.ones(DataType.FLOAT, spec.shape());
    }

    private static String stem(ParameterSpec spec) {
        String name = spec.name();
        return name.substring(0, name.length() - (name.endsWith(BIAS) ? BIAS : WEIGHT).length());
    }

    private void put(ParameterSpec spec, INDArray array) {
        arrays.put(spec.name(), array);
    }

    @Override
    public INDArray get(ParameterSpec spec) {
        return Objects.requireNonNull(arrays.get(spec.name()), spec.name());
    }
}
