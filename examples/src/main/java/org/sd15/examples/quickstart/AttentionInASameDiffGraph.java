package org.sd15.examples.quickstart;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.unet.ResnetBlock2D;

/**
 * Attention and blocks of the UNet in a user-defined SameDiff graph: trained by {@code fit}, saved and loaded by SameDiff.
 * The graph paints a map of codes in the colours that a text gives them; texts may have any length.
 */
public final class AttentionInASameDiffGraph {

    private static final int SIDE = 4;
    private static final int WIDTH = 16;
    private static final int HEADS = 2;
    private static final int GROUPS = 4;
    private static final int BATCH = 32;
    private static final int STEPS = 160;

    private AttentionInASameDiffGraph() {}

    /**
     * Trains, then asks about longer texts than any that were trained on, saves, loads and goes on.
     *
     * @param arguments a folder for the graph (default: out/samediff)
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments.length > 0 ? arguments[0] : "out/samediff"));
        Nd4j.getRandom().setSeed(1);
        SameDiff graph = painter();
        LookUp tasks = new LookUp(SIDE, DataType.FLOAT, 1);
        for (int step = 1; step <= STEPS; step++) {
            MultiDataSet batch = longer(tasks.next(BATCH), step % 4); // 5 to 8 words
            graph.fit(batch);
            if (step == 1 || step % 40 == 0) {
                System.out.printf(Locale.ROOT, "step %3d: loss %.4f%n", step, loss(graph, batch));
            }
        }
        MultiDataSet unseen = new LookUp(SIDE, DataType.FLOAT, 2).next(200);
        for (int more : new int[] {0, 2, LookUp.CODES}) {
            MultiDataSet texts = longer(unseen, more);
            System.out.printf(
                    Locale.ROOT,
                    "texts of %d words: loss %.4f%n",
                    texts.getFeatures(1).size(1),
                    loss(graph, texts));
        }
        saveAndLoad(graph, folder.resolve("painter.fb").toFile(), unseen);
    }

    /** The whole model. Parameters get variables of the graph, called after their place. */
    private static SameDiff painter() {
        SameDiff graph = SameDiff.create();
        SDVariable image = graph.placeHolder("image", DataType.FLOAT, -1, LookUp.CODES, SIDE, SIDE);
        SDVariable text = graph.placeHolder("text", DataType.FLOAT, -1, -1, LookUp.TEXT_WIDTH);
        SDVariable wanted = graph.placeHolder("wanted", DataType.FLOAT, -1, LookUp.COLOURS, SIDE, SIDE);
        Parameters parameters = Parameters.from(AttentionInASameDiffGraph::initial, name -> true);
        Scope scope = Scope.of(graph, DataType.FLOAT, parameters).at("painter");
        Tokens words = Tokens.of(text, LookUp.TEXT_WIDTH);

        FeatureMap x = FeatureMap.ofNchw(image, LookUp.CODES, SIDE, SIDE); // [batch, SIDE, SIDE, CODES] inside
        x = Conv2d.apply(scope.at("conv_in"), x, WIDTH, Conv2d.Geometry.SAME);
        Tokens seen = CrossAttention.of(WIDTH, LookUp.TEXT_WIDTH, HEADS, WIDTH / HEADS)
                .apply(scope.at("attend"), x.tokens(), words);
        x = x.plus(seen.image(SIDE, SIDE));
        x = new ResnetBlock2D(WIDTH, GROUPS, 1e-5).apply(scope.at("resnet"), x, null); // there is no time here
        x = Conv2d.apply(scope.at("conv_out"), x, LookUp.COLOURS, Conv2d.Geometry.SAME);

        SDVariable painting = x.nchw().rename("painting");
        graph.math.square(painting.sub(wanted)).mean().rename("loss");
        graph.setLossVariables("loss");
        graph.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(0.01))
                .dataSetFeatureMapping("image", "text")
                .dataSetLabelMapping("wanted")
                .build());
        return graph;
    }

    /** Weights of a new model: normal, by the number of inputs; norms and biases as usual. */
    private static INDArray initial(ParameterSpec spec) {
        long[] shape = spec.shape();
        if (shape.length == 1) {
            boolean scales = spec.name().contains("norm") && spec.name().endsWith("weight");
            return scales ? Nd4j.ones(DataType.FLOAT, shape) : Nd4j.zeros(DataType.FLOAT, shape);
        }
        return Nd4j.randn(DataType.FLOAT, shape).divi(Math.sqrt((double) spec.length() / shape[0]));
    }

    /** The same tasks, whose texts say some words twice. */
    private static MultiDataSet longer(MultiDataSet tasks, int more) {
        INDArray text = tasks.getFeatures(1);
        INDArray longer = more == 0
                ? text
                : Nd4j.concat(
                        1, text, text.get(NDArrayIndex.all(), NDArrayIndex.interval(0, more), NDArrayIndex.all()));
        return new MultiDataSet(new INDArray[] {tasks.getFeatures(0), longer}, new INDArray[] {tasks.getLabels(0)});
    }

    private static double loss(SameDiff graph, MultiDataSet tasks) {
        return evaluate(graph, tasks, "loss").getDouble(0);
    }

    private static INDArray evaluate(SameDiff graph, MultiDataSet tasks, String variable) {
        Map<String, INDArray> feeds = Map.of(
                "image", tasks.getFeatures(0),
                "text", tasks.getFeatures(1),
                "wanted", tasks.getLabels(0));
        return graph.outputSingle(feeds, variable);
    }

    private static void saveAndLoad(SameDiff graph, File file, MultiDataSet unseen) {
        graph.save(file, true); // with the state of Adam
        SameDiff loaded = SameDiff.load(file, true);
        MultiDataSet longer = longer(unseen, 1);
        System.out.println("loaded, it paints the same: "
                + evaluate(loaded, longer, "painting").equals(evaluate(graph, longer, "painting")));
        graph.fit(longer);
        loaded.fit(longer);
        System.out.println("and takes the same step: "
                + evaluate(loaded, longer, "painting").equals(evaluate(graph, longer, "painting")));
    }
}
