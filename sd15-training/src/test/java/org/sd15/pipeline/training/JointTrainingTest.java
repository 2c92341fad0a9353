package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertSameBits;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.training.JointTraining.NewTokens;
import org.sd15.pipeline.training.TrainedModel.Pass;
import org.sd15.pipeline.training.TrainedModel.Result;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;

/** The way from the loss through the UNet and the text encoder to the vectors of new tokens. */
class JointTrainingTest {

    private static final ClipTextConfig TEXT = new ClipTextConfig(20, 12, 16, 2, 2, 6, 1e-5);

    /** The word of two vectors stands in the first text twice and not at all in the second. */
    private static final int[][] IDS = {{1, 20, 21, 20, 21, 2}, {1, 3, 4, 2, 2, 2}};

    @Test
    void newTokensAndWeightsOfBothHaveTheirSlopes() {
        try (UNet unet = new UNet(TinyUNet.smallest(), Rule.weights("", DataType.DOUBLE), DataType.DOUBLE);
                ClipTextEncoder encoder = encoder(DataType.DOUBLE)) {
            INDArray vectors = Rule.input("vectors", DataType.DOUBLE, 2, 12);
            NewTokens tokens = new NewTokens(encoder.addTokens(vectors), vectors);
            String inUNet = "conv_out.bias";
            String inEncoder = "text_model.encoder.layers.0.mlp.fc1.bias";
            try (JointTraining model = new JointTraining(unet, inUNet::equals, encoder, inEncoder::equals, tokens)) {
                assertThat(model.parameters().keySet())
                        .containsExactly("unet." + inUNet, "text_encoder." + inEncoder, JointTraining.NEW_TOKENS);
                Result result = model.gradient(pass(DataType.DOUBLE));
                assertThat(result.loss())
                        .isCloseTo(
                                (2 * result.errors().get(0)
                                                + 0.5 * result.errors().get(1))
                                        / 2,
                                within(1e-12));
                model.parameters()
                        .forEach((name, array) ->
                                assertSlopes(model, array, result.gradients().get(name)));
            }
        }
    }

    private static void assertSlopes(JointTraining model, INDArray variable, INDArray gradient) {
        for (int i = 0; i < 4; i++) {
            long at = i * (variable.length() - 1) / 3;
            double before = variable.getDouble(at);
            variable.putScalar(at, before + 1e-5);
            double above = model.gradient(pass(DataType.DOUBLE)).loss();
            variable.putScalar(at, before - 1e-5);
            double slope = (above - model.gradient(pass(DataType.DOUBLE)).loss()) / 2e-5;
            variable.putScalar(at, before);
            assertThat(gradient.getDouble(at)).isCloseTo(slope, within(1e-8 + 1e-6 * Math.abs(slope)));
        }
    }

    /** Everything but the new vectors keeps its bits, and they go on where a checkpoint left them. */
    @Test
    void onlyTheNewVectorsLearnAndTheyResume() {
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), name -> false);
                ClipTextEncoder encoder = encoder(DataType.FLOAT)) {
            INDArray start = Rule.input("vectors", DataType.FLOAT, 2, 12);
            INDArray vectors = start.dup();
            NewTokens tokens = new NewTokens(encoder.addTokens(vectors), vectors);
            try (JointTraining model = new JointTraining(unet, name -> false, encoder, name -> false, tokens)) {
                Trainer whole = trainer(model);
                TrainingState middle = new TrainingState();
                for (int i = 0; i < 10; i++) {
                    if (i == 5) {
                        TrainingState now = new TrainingState();
                        whole.save(now);
                        now.tensors().forEach((name, array) -> middle.put(name, array.dup()));
                        now.remarks().forEach(middle::remark);
                    }
                    whole.next();
                }
                INDArray end = vectors.dup();
                assertThat(end.sub(start).norm2Number().doubleValue()).isGreaterThan(1e-3);
                vectors.assign(start);
                Trainer second = trainer(model);
                second.restore(middle);
                second.forEachRemaining(step -> {});
                assertSameBits("vectors", vectors, end);
                model.applyNewTokens();
                assertSameBits(
                        "in the encoder",
                        encoder.tokenEmbedding(tokens.first() + 1),
                        end.getRow(1).dup());
            }
        }
    }

    private static Trainer trainer(TrainedModel model) {
        return new Trainer(
                model, new Batches(), TinyUNet.epsilon(), TrainingSettings.of(LearningRate.constant(1e-2, 10)));
    }

    private static ClipTextEncoder encoder(DataType type) {
        return new ClipTextEncoder(TEXT, Rule.weights("", type), type);
    }

    private static Pass pass(DataType type) {
        return new Pass(
                Rule.input("noisy", type, 2, 4, 4, 4),
                new int[] {500, 20},
                new Texts.Ids(IDS),
                Rule.input("target", type, 2, 4, 4, 4),
                new double[] {2, 0.5});
    }

    /** The same pictures and times each step. */
    private static final class Batches implements BatchSource {

        @Override
        public TrainingBatch next() {
            INDArray latents = Rule.input("latents", DataType.FLOAT, 2, 4, 4, 4);
            INDArray noise = Rule.input("noise", DataType.FLOAT, 2, 4, 4, 4);
            return TrainingBatch.of(latents, noise, new int[] {700, 300}, new Texts.Ids(IDS));
        }

        @Override
        public void save(TrainingState into) {
            into.put("nothing", Nd4j.createFromArray(0));
        }

        @Override
        public void restore(TrainingState from) {
            assertThat(from.tensor("nothing").length()).isOne();
        }
    }
}
