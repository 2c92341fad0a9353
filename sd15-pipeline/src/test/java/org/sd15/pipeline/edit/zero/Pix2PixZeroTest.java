package org.sd15.pipeline.edit.zero;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.STEPS;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largest;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.StepModel;
import org.sd15.pipeline.denoise.TinyUNet;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;

/** pix2pix-zero against PyTorch's autograd, against central differences, and against itself. */
class Pix2PixZeroTest {

    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "editors/pix2pix-zero");

    private static StableDiffusion model;
    private static EditDirection direction;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        direction = EditDirection.between(
                model,
                List.of(CIRCLE, "a red circle", "a small red circle on a black background"),
                List.of(STAR, "a red star", "a small red star on a black background"));
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    /** tools/reference/make_editors.py: PyTorch's autograd through the UNet in float64. */
    @Test
    void drawsWhatPyTorchDraws() {
        assertThat(largestDifference(direction.values(), REFERENCE.get("direction")))
                .isLessThan(1e-5);
        INDArray latents = Pix2PixZero.run(model, request(STEPS)).finish();
        assertThat(largestDifference(latents, REFERENCE.get("latents"))).isLessThan(5e-4);
    }

    @Test
    void theGradientIsThatOfCentralDifferences() {
        try (UNet unet = TinyUNet.doubles()) {
            StepModel step = TinyUNet.firstStep(unet, DataType.DOUBLE, 2);
            INDArray latents = TinyUNet.latents(DataType.DOUBLE, 2);
            var program = new Pix2PixZeroProgram(unet.sites(TinyUNet.SIDE, TinyUNet.SIDE, TinyUNet.TOKENS), 1);
            INDArray gradient =
                    latents.sub(program.beforeStep(0, latents, step)).dup('c');
            assertThat(largest(gradient.slice(0))).isZero();
            int picture = (int) latents.length() / 2;
            var random = new Random(5);
            for (int i = 0; i < 20; i++) {
                int place = picture + random.nextInt(picture);
                double quotient = DifferenceQuotient.of(latents, place, () -> {
                    program.beforeStep(0, latents, TinyUNet.withoutGradients(step));
                    return Nd4j.scalar(program.loss(0));
                });
                assertThat(gradient.reshape(gradient.length()).getDouble(place))
                        .as("at %d", place)
                        .isCloseTo(quotient, within(1e-5 * largest(gradient)));
            }
        }
    }

    @Test
    void withoutADirectionNothingChanges() {
        EditDirection none = EditDirection.between(model, List.of(CIRCLE), List.of(CIRCLE));
        INDArray latents = Pix2PixZero.run(
                        model,
                        Pix2PixZeroRequest.of(CIRCLE, none)
                                .sampling(base -> base.steps(2).latents(ShapesModel.noise())))
                .finish();
        assertClose("edited", latents.slice(1), latents.slice(0), 1e-5);
    }

    @Test
    void theSourceIsThatOfARunWithoutGuidanceAndTheGuidanceHoldsTheLayout() {
        INDArray guided = Pix2PixZero.run(model, request(2)).finish();
        INDArray free = Pix2PixZero.run(model, request(2).amount(0)).finish();
        assertSameBits("source", guided.slice(0), free.slice(0));
        assertThat(largestDifference(guided.slice(1), free.slice(1))).isGreaterThan(1e-3);
    }

    @Test
    void aGivenPictureIsHeldOnItsWayAndTwoInABatchAreTwoRuns() {
        INDArray picture = model.decode(Rule.input("zero.picture", DataType.FLOAT, 1, 4, 16, 16));
        Pix2PixZeroRequest given = Pix2PixZeroRequest.of(CIRCLE, direction)
                .sampling(base -> base.steps(2))
                .picture(picture);
        Pix2PixZeroRequest drawn = request(2);
        INDArray both = Pix2PixZero.run(model, List.of(given, drawn)).finish();
        INDArray one = Pix2PixZero.run(model, given).finish();
        INDArray kept =
                model.vae().scale(model.vae().encode(picture.mul(2).sub(1)).mode());
        assertSameBits("held", one.slice(0), kept.slice(0));
        Inversion before = model.invert(picture, CIRCLE, given.settings());
        assertSameBits(
                "inverted before",
                Pix2PixZero.run(model, given.inverted(before)).finish(),
                one);
        assertClose("given", both.get(NDArrayIndex.interval(0, 2)), one, 1e-5);
        assertClose(
                "drawn",
                both.get(NDArrayIndex.interval(2, 4)),
                Pix2PixZero.run(model, drawn).finish(),
                1e-5);
    }

    @Test
    void refusesADirectionFromNothing() {
        assertThatThrownBy(() -> EditDirection.between(model, List.of(), List.of(STAR)))
                .hasMessageContaining("0 sentences");
    }

    private static Pix2PixZeroRequest request(int steps) {
        return Pix2PixZeroRequest.of(CIRCLE, direction)
                .sampling(base -> base.steps(steps).latents(ShapesModel.noise()));
    }
}
