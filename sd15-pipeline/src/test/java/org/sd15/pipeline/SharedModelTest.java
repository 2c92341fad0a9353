package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTextGradient;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeGradient;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.testing.Elsewhere;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** A model in several threads. */
class SharedModelTest {

    private static final int[] IDS = {1, 2, 3};
    private static final INDArray PICTURE = Rule.picture("shared.picture", DataType.FLOAT, 1, 3, 32, 32);
    private static final INDArray LATENTS = Rule.input("shared.latents", DataType.FLOAT, 1, 4, 4, 4);

    private static INDArray draw(StableDiffusion model, String prompt) {
        var request = GenerationRequest.of(prompt).steps(2).latents(ShapesModel.noise());
        return model.decode(model.generate(request.build()).finish());
    }

    @ParameterizedTest
    @EnumSource
    void aShareDrawsTheSameBitsWhileTheOtherIsInUse(Formulations formulation) throws Exception {
        var folder = Fixture.resource("sd15-pipeline", "shapes");
        try (StableDiffusion model = StableDiffusion.load(folder, formulation.execution())) {
            INDArray expected = draw(model, ShapesModel.CIRCLE);
            try (StableDiffusion shared = model.share()) {
                Elsewhere.during(
                        model.unet().access(),
                        () -> assertSameBits("shared", draw(shared, ShapesModel.CIRCLE), expected));
            }
            assertSameBits("after the share was closed", draw(model, ShapesModel.CIRCLE), expected);
        }
    }

    /** A model over the parts of another, that counts how often its weights are freed. */
    private static StableDiffusion counting(StableDiffusion model, List<String> freed) {
        return over(model, List.of(() -> freed.add("weights")));
    }

    private static StableDiffusion over(StableDiffusion model, List<Closeable> weights) {
        return new StableDiffusion(new Components(
                model.tokenizer(), model.textEncoder(), model.unet(), model.vae(), model.scheduler(), 16, weights));
    }

    @Test
    void theWeightsAreFreedOnceWithTheLastHandle() throws Exception {
        List<String> freed = new ArrayList<>();
        try (StableDiffusion owner = ShapesModel.load()) {
            StableDiffusion first = counting(owner, freed);
            StableDiffusion second = first.share();
            StableDiffusion third = second.share();
            INDArray expected = draw(third, ShapesModel.STAR);
            first.close();
            first.close();
            third.close();
            assertThat(freed).isEmpty();
            assertSameBits("the last", draw(second, ShapesModel.STAR), expected);
            second.close();
            second.close();
            assertThat(freed).hasSize(1);
            assertThatThrownBy(second::share)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the model is closed");
            assertThatThrownBy(() -> draw(second, ShapesModel.STAR))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the text encoder is closed");
        }
    }

    @Test
    void weightsThatCanNotBeClosedDoNotKeepTheOthersOpen() {
        List<String> freed = new ArrayList<>();
        try (StableDiffusion owner = ShapesModel.load()) {
            StableDiffusion model = over(
                    owner,
                    List.of(
                            () -> {
                                throw new IOException("first");
                            },
                            () -> freed.add("weights"),
                            () -> {
                                throw new IOException("third");
                            }));
            assertThatThrownBy(model::close)
                    .isInstanceOf(UncheckedIOException.class)
                    .cause()
                    .hasMessage("first")
                    .satisfies(first -> assertThat(first.getSuppressed()).hasSize(1));
            assertThat(freed).hasSize(1);
            model.close();
        }
    }

    @Test
    void aModelIsNotClosedNotEvenInPartWhileAnyPartIsInUse() throws Exception {
        List<String> freed = new ArrayList<>();
        try (StableDiffusion owner = ShapesModel.load()) {
            StableDiffusion model = counting(owner, freed);
            for (ExclusiveUse part : List.of(
                    model.textEncoder().access(),
                    model.unet().access(),
                    model.vae().access())) {
                Elsewhere.during(part, () -> {
                    assertThatThrownBy(model::close)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("is in use by thread " + Elsewhere.NAME);
                    assertThatThrownBy(model::share).hasMessageContaining("is in use by thread");
                });
            }
            assertThat(freed).isEmpty();
            draw(model, ShapesModel.STAR); // all parts are open
            model.close();
            assertThat(freed).hasSize(1);
        }
    }

    @Test
    void weightsAreNotFreedWhileAPartOfTheFilesIsInUse() throws Exception {
        ModelFiles files = ModelFiles.open(Fixture.resource("sd15-pipeline", "shapes"));
        Vae vae = files.vae();
        INDArray expected = vae.decode(LATENTS);
        List<ExclusiveUse> parts = List.of(
                files.textEncoder().access(),
                files.unet().access(),
                files.vae(weights -> weights).access());
        for (ExclusiveUse part : parts) {
            Elsewhere.during(
                    part,
                    () -> assertThatThrownBy(files::close)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("is in use by thread " + Elsewhere.NAME));
        }
        assertSameBits("after all refusals", vae.decode(LATENTS), expected);
        files.close();
    }

    @Test
    void whoDecodesDoesNotStandInTheWayOfWhoPredicts() throws Exception {
        try (StableDiffusion model = ShapesModel.load()) {
            Denoising run = model.generate(
                    GenerationRequest.of(ShapesModel.STAR).steps(2).build());
            INDArray latents = run.next().latents();
            Elsewhere.during(model.vae().access(), run::next);
            Elsewhere.during(model.unet().access(), () -> model.decode(latents));
        }
    }

    @Test
    void learntWordsAreTheHandlesOwn() throws Exception {
        try (StableDiffusion model = ShapesModel.load()) {
            int width = model.textEncoder().config().hiddenSize();
            INDArray vector = Rule.input("shared.word", DataType.FLOAT, 1, width);
            model.add(new TextualInversion("<before>", vector));
            try (StableDiffusion shared = model.share()) {
                INDArray expected = draw(model, "a <before>");
                assertSameBits("known to both", draw(shared, "a <before>"), expected);
                shared.add(new TextualInversion("<after>", vector.mul(2)));
                assertThat(draw(shared, "a <after>")).isNotEqualTo(draw(model, "a <after>"));
                int first = shared.textEncoder().config().vocabSize();
                shared.textEncoder().replaceTokens(first, Nd4j.zerosLike(vector));
                assertThat(draw(shared, "a <before>")).isNotEqualTo(expected);
                assertSameBits("stays", draw(model, "a <before>"), expected);
            }
        }
    }

    @Test
    void textEncoderAndAutoencoderAreForOneThreadAtATimeAndUntilTheyAreClosed() throws Exception {
        try (StableDiffusion model = ShapesModel.load()) {
            ClipTextEncoder text = model.textEncoder();
            long width = text.config().hiddenSize();
            INDArray cotangent = Nd4j.ones(DataType.FLOAT, 1, IDS.length, width);
            var ofText = new ClipTextGradient(text, name -> false);
            assertAlone(
                    text.access(),
                    text::close,
                    () -> text.encode(IDS),
                    () -> text.tokenEmbedding(1),
                    () -> text.addTokens(Nd4j.ones(1, width)),
                    () -> text.replaceTokens(text.config().vocabSize(), Nd4j.ones(1, width)),
                    () -> text.replaceWeights(Map.of()),
                    () -> text.share().close(),
                    () -> ofText.of(new int[][] {IDS}, cotangent));
            Vae vae = model.vae();
            var ofVae = new VaeGradient(vae, VaeLoss.USUAL);
            assertAlone(
                    vae.access(),
                    vae::close,
                    () -> vae.decode(LATENTS),
                    () -> vae.encode(PICTURE),
                    () -> vae.share().close(),
                    () -> ofVae.of(PICTURE, LATENTS));
        }
    }

    private static void assertAlone(ExclusiveUse access, Runnable close, Runnable... entries) throws Exception {
        Elsewhere.during(access, () -> {
            for (Runnable entry : entries) {
                assertThatThrownBy(entry::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll("is in use by thread " + Elsewhere.NAME, "share()");
            }
            assertThatThrownBy(close::run).hasMessageContaining("is in use by thread");
        });
        entries[0].run();
        Elsewhere.now(entries[0]);
        close.run();
        close.run();
        for (Runnable entry : entries) {
            assertThatThrownBy(entry::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageEndingWith("is closed");
        }
    }
}
