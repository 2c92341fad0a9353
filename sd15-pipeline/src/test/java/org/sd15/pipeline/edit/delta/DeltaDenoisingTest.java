package org.sd15.pipeline.edit.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.TinyUNet;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest.Loss;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.testing.Elsewhere;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNetInput;

/** Delta Denoising Score on a small trained model, against a restatement in PyTorch in float64 and against itself. */
class DeltaDenoisingTest {

    private static final String ORANGE = "a large orange square on a white background";
    private static final String BLUE = "a large blue square on a white background";
    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "editors/dds");

    private static StableDiffusion model;
    private static INDArray picture;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        picture = Fixture.of("sd15-pipeline", "pipelines/img2img_ddim").get("image_in");
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    /** tools/reference/make_editors.py: five iterations with torch's own random numbers. */
    @Test
    void goesTheWayOfPyTorch() {
        DeltaDenoisingRequest request =
                DeltaDenoisingRequest.of(ORANGE, BLUE, picture).iterations(5).seed(3);
        DeltaDenoising delta = DeltaDenoising.of(model, request);
        assertThat(largestDifference(
                        delta.start(),
                        Fixture.of("sd15-pipeline", "pipelines/ddim_inversion")
                                .get("latents")
                                .slice(0)
                                .reshape(1, 4, 16, 16)))
                .isLessThan(1e-5);
        assertThat(largestDifference(delta.finish(), REFERENCE.get("dds"))).isLessThan(1e-4);
        INDArray score = DeltaDenoising.of(model, request.kind(Loss.SCORE)).finish();
        assertThat(largestDifference(score, REFERENCE.get("sds"))).isLessThan(1e-4);
    }

    @Test
    void equalPromptsChangeNoBit() {
        DeltaDenoising delta = DeltaDenoising.of(
                model, DeltaDenoisingRequest.of(ORANGE, ORANGE, picture).iterations(3));
        delta.forEachRemaining(step -> assertSameBits("step " + step.index(), step.latents(), delta.start()));
        INDArray score = DeltaDenoising.of(
                        model,
                        DeltaDenoisingRequest.of(ORANGE, ORANGE, picture)
                                .iterations(1)
                                .kind(Loss.SCORE))
                .finish();
        assertThat(largestDifference(score, delta.start())).isGreaterThan(0.01);
    }

    /** 0.1 * 2000 / 4096, whatever the size of the latents. */
    @Test
    void anIterationMovesByThePublishedSize() {
        DeltaDenoisingRequest request = DeltaDenoisingRequest.of(ORANGE, BLUE, picture)
                .iterations(1)
                .guidance(1)
                .seed(11);
        assertThat(request.stepSize()).isEqualTo(0.048828125);
        DeltaDenoising delta = DeltaDenoising.of(model, request);
        INDArray moved = delta.start().sub(delta.finish());
        var random = new TorchRandom(11);
        long timestep = random.randint(50, 949, 1)[0];
        INDArray noise = random.randn(1, 4, 16, 16);
        INDArray noised = model.scheduler().noiseSchedule().addNoise(delta.start(), noise, (int) timestep);
        INDArray difference = predict(noised, timestep, BLUE).sub(predict(noised, timestep, ORANGE));
        assertClose("move", moved, difference.mul(0.048828125), 1e-5);
    }

    private static INDArray predict(INDArray noised, double timestep, String prompt) {
        return model.unet().predict(UNetInput.of(noised, timestep, model.encode(List.of(prompt), 0)));
    }

    @Test
    void outsideOfTheMaskNoBitChanges() {
        INDArray mask = Nd4j.zeros(DataType.FLOAT, 16, 16);
        mask.get(NDArrayIndex.interval(4, 12), NDArrayIndex.interval(0, 9)).assign(1);
        DeltaDenoising delta = DeltaDenoising.of(
                model,
                DeltaDenoisingRequest.of(ORANGE, BLUE, picture).iterations(2).mask(mask));
        INDArray moved = delta.finish().sub(delta.start());
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                boolean same = moved.getDouble(0, 0, y, x) == 0;
                assertThat(same).as("%d, %d", y, x).isEqualTo(mask.getDouble(y, x) == 0);
            }
        }
    }

    @Test
    void twoPicturesInABatchAreTwoRuns() {
        DeltaDenoisingRequest first =
                DeltaDenoisingRequest.of(ORANGE, BLUE, picture).iterations(3).seed(3);
        DeltaDenoisingRequest second = DeltaDenoisingRequest.of(ORANGE, ORANGE, picture.rsub(1))
                .iterations(3)
                .stepSize(0.1)
                .seed(4);
        INDArray both = DeltaDenoising.of(model, List.of(first, second)).finish();
        assertClose(
                "first",
                both.get(NDArrayIndex.interval(0, 1)),
                DeltaDenoising.of(model, first).finish(),
                1e-5);
        assertClose(
                "second",
                both.get(NDArrayIndex.interval(1, 2)),
                DeltaDenoising.of(model, second).finish(),
                1e-5);
    }

    /** With v = (e - sigma x) / alpha the noise is e again; the model's output serves as v for both. */
    @Test
    void aModelThatPredictsVelocityIsUnderstood() {
        INDArray x = TinyUNet.latents(DataType.DOUBLE, 1);
        INDArray noise = x.mul(0.3).add(0.1);
        var level = model.scheduler().noiseSchedule().level(300);
        INDArray velocity = noise.sub(x.mul(level.sigma())).div(level.alpha());
        assertClose("noise", PredictionType.V_PREDICTION.epsilon(x, velocity, level), noise, 1e-12);
        var parts = new Components(
                model.tokenizer(),
                model.textEncoder(),
                model.unet(),
                model.vae(),
                new PndmScheduler(model.scheduler().config().toBuilder()
                        .predictionType(PredictionType.V_PREDICTION)
                        .build()),
                16,
                List.of());
        DeltaDenoisingRequest request =
                DeltaDenoisingRequest.of(ORANGE, BLUE, picture).iterations(1).seed(3);
        INDArray asVelocity = moved(new StableDiffusion(parts), request);
        DeltaDenoising asNoise = DeltaDenoising.of(model, request);
        double alpha = model.scheduler()
                .noiseSchedule()
                .level(asNoise.next().timesteps()[0])
                .alpha();
        assertClose("move", asVelocity, asNoise.latents().sub(asNoise.start()).mul(alpha), 1e-4);
    }

    private static INDArray moved(StableDiffusion other, DeltaDenoisingRequest request) {
        DeltaDenoising delta = DeltaDenoising.of(other, request);
        return delta.finish().sub(delta.start());
    }

    @Test
    void saysWhatIsWrong() {
        DeltaDenoisingRequest request = DeltaDenoisingRequest.of(ORANGE, BLUE, picture);
        assertThatThrownBy(() -> request.iterations(0)).hasMessageContaining("0 iterations");
        assertThatThrownBy(() -> DeltaDenoising.of(model, request.mask(Nd4j.ones(8, 8))))
                .hasMessageContaining("[8, 8]")
                .hasMessageContaining("[16, 16]");
        assertThatThrownBy(() -> DeltaDenoising.of(
                        model, List.of(request, DeltaDenoisingRequest.of(ORANGE, BLUE, Nd4j.ones(1, 3, 64, 96)))))
                .hasMessageContaining("[1, 3, 64, 96]");
    }

    @Test
    void aRunIsForOneThreadAtATime() throws Exception {
        DeltaDenoising run = DeltaDenoising.of(model, DeltaDenoisingRequest.of(ORANGE, BLUE, picture));
        Elsewhere.during(
                run.access(),
                () -> assertThatThrownBy(run::next)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the run is in use by thread " + Elsewhere.NAME));
        assertThat(run.next().index()).isZero();
    }
}
