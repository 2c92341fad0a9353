package org.sd15.pipeline.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.sd15.attention.dl4j.CrossAttentionLayer;
import org.sd15.pipeline.schedule.BetaSchedule;
import org.sd15.pipeline.schedule.DdpmScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.vae.Vae;

/** Prepared pictures as DL4J's own training takes them. */
class DenoisingDataSetsTest {

    private static final int BATCH = 2;
    private static final int EPOCH = 3;

    @TempDir
    private Path folder;

    private PictureBatches pictures(Vae vae) throws IOException {
        PictureFolder read = PictureFolder.read(SmallFolder.captioned(folder.resolve("data"), 3), BadData.FAIL);
        LatentCache latents = new LatentCache(folder.resolve("cache"), vae, new PictureTransform(8, 8, false, false));
        PreparedPictures prepared = PreparedPictures.of(read, latents, BadData.FAIL, done -> {});
        var settings = new PictureBatches.Settings(BATCH, 0, NoiseSettings.plain(1000));
        return new PictureBatches(prepared, null, latents, vae, SmallFolder::states, settings, 7);
    }

    private static Objective objective() {
        SchedulerConfig config = SchedulerConfig.builder()
                .betaStart(0.00085)
                .betaEnd(0.012)
                .betaSchedule(BetaSchedule.SCALED_LINEAR)
                .build();
        return new Objective(new DdpmScheduler(config).noiseSchedule(), PredictionType.EPSILON, LossWeighting.EVEN);
    }

    @Test
    void featuresAreWhatTheUNetIsGivenAndLabelsTheNoise() throws IOException {
        try (Vae vae = SmallFolder.vae()) {
            var data = new DenoisingDataSets(pictures(vae), objective(), EPOCH);
            PictureBatches same = pictures(vae);
            for (int k = 0; k < EPOCH; k++) {
                MultiDataSet set = data.next();
                TrainingBatch batch = same.next();
                assertSameBits("noisy", set.getFeatures(0), objective().noisy(batch)); // [2, 4, 4, 4]
                assertThat(set.getFeatures(1).shape()).containsExactly(BATCH, 1);
                assertThat(set.getFeatures(1).toIntVector()).isEqualTo(batch.timesteps());
                assertThat(set.getFeatures(2).shape()).containsExactly(BATCH, 3, 12);
                assertSameBits("noise", set.getLabels(0), batch.noise());
            }
            assertThat(data.hasNext()).isFalse();
            assertThatThrownBy(data::next).isInstanceOf(NoSuchElementException.class);
            data.reset();
            assertSameBits("goes on", data.next().getLabels(0), same.next().noise());
        }
    }

    /** Two epochs of DL4J's own fit on noisy latents, times and texts; its score falls. */
    @Test
    void aComputationGraphFitsThem() throws IOException {
        try (Vae vae = SmallFolder.vae()) {
            ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                    .seed(1)
                    .updater(new Adam(0.02))
                    .activation(Activation.IDENTITY)
                    .graphBuilder()
                    .addInputs("noisy", "time", "text")
                    .setInputTypes(
                            InputType.convolutional(4, 4, 4),
                            InputType.feedForward(1),
                            InputType.recurrent(12, RNNFormat.NWC))
                    .addVertex("late", new ScaleVertex(0.001), "time")
                    .addLayer("embedding", new DenseLayer.Builder().nOut(8 * 16).build(), "late")
                    .addVertex("map", new ReshapeVertex('c', new int[] {-1, 8, 4, 4}, null), "embedding")
                    .addLayer(
                            "pixels", new ConvolutionLayer.Builder(1, 1).nOut(8).build(), "noisy")
                    .addVertex("timed", new ElementWiseVertex(ElementWiseVertex.Op.Add), "pixels", "map")
                    .addVertex(
                            "attend",
                            CrossAttentionLayer.builder()
                                    .queryDim(8)
                                    .contextDim(12)
                                    .heads(2)
                                    .textFormat(RNNFormat.NWC)
                                    .build(),
                            "timed",
                            "text")
                    .addLayer(
                            "noise", new ConvolutionLayer.Builder(1, 1).nOut(4).build(), "attend")
                    .addLayer("loss", new CnnLossLayer.Builder(LossFunction.MSE).build(), "noise")
                    .setOutputs("loss")
                    .build());
            graph.init();
            var data = new DenoisingDataSets(pictures(vae), objective(), EPOCH);
            MultiDataSet held = new DenoisingDataSets(pictures(vae), objective(), 1).next();
            double before = graph.score(held);
            INDArray parameters = graph.params().dup();
            graph.fit(data, 10);
            assertThat(graph.getEpochCount()).isEqualTo(10);
            assertThat(graph.getIterationCount()).isEqualTo(10 * EPOCH);
            assertThat(graph.params()).isNotEqualTo(parameters);
            assertThat(graph.score(held)).isLessThan(before);
        }
    }
}
