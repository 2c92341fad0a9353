package org.sd15.pipeline.edit.instruct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/** InstructPix2Pix with a random UNet of eight channels between the parts of a small trained model. */
class InstructPix2PixTest {

    private static final String INSTRUCTION = "make it a blue star";
    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "editors/instruct");

    private static StableDiffusion shapes;
    private static StableDiffusion model;
    private static INDArray picture;

    @BeforeAll
    static void load() {
        shapes = ShapesModel.load();
        var config = new UNetConfig(
                8,
                4,
                List.of(16, 24),
                List.of(DownBlockType.CrossAttnDownBlock2D, DownBlockType.DownBlock2D),
                List.of(UpBlockType.UpBlock2D, UpBlockType.CrossAttnUpBlock2D),
                1,
                4,
                128,
                8,
                1e-5,
                false);
        model = new StableDiffusion(new Components(
                shapes.tokenizer(),
                shapes.textEncoder(),
                new UNet(config, Rule.weights("", DataType.FLOAT)),
                shapes.vae(),
                shapes.scheduler(),
                16,
                List.of()));
        picture = Rule.picture("instruct.picture", DataType.FLOAT, 1, 3, 64, 64)
                .add(1)
                .div(2);
    }

    @AfterAll
    static void close() throws Exception {
        model.unet().close();
        shapes.close();
    }

    /** diffusers 0.42.1, StableDiffusionInstructPix2PixPipeline with the same weights; see make_editors.py. */
    @ParameterizedTest
    @ValueSource(strings = {"euler_a", "ddim", "unguided"})
    void theSameSeedGivesTheLatentsOfDiffusers(String name) {
        InstructRequest request = switch (name) {
            case "euler_a" -> request("euler-a", base -> base);
            case "ddim" ->
                request("ddim", base -> base.guidance(4)).negative("green").imageGuidance(1);
            default -> request("ddim", base -> base.guidance(1));
        };
        INDArray latents = InstructPix2Pix.run(model, request).finish();
        assertClose(name, latents, REFERENCE.get(name), 2e-5);
    }

    @Test
    void twoPicturesInABatchAreTwoRuns() {
        InstructRequest one = request("euler-a", base -> base);
        InstructRequest other = InstructRequest.of("green", picture.rsub(1))
                .sampling(base -> base.scheduler(scheduler("euler-a")).steps(4).seed(9));
        INDArray both = InstructPix2Pix.run(model, List.of(one, other)).finish();
        assertClose(
                "one",
                both.get(NDArrayIndex.interval(0, 1)),
                InstructPix2Pix.run(model, one).finish(),
                1e-5);
        assertClose(
                "other",
                both.get(NDArrayIndex.interval(1, 2)),
                InstructPix2Pix.run(model, other).finish(),
                1e-5);
    }

    @Test
    void instructionsMayChangeWithTheSteps() {
        INDArray red = written("make it red");
        assertSameBits("after none", written("make it [green:red:0]"), red);
        assertSameBits("after all", written("make it [red:green:1.0]"), red);
        assertThat(largestDifference(written("make it [red:green:2]"), red)).isGreaterThan(1e-5);
        assertThat(largestDifference(written("make it [red|green]"), red)).isGreaterThan(1e-5);
    }

    private INDArray written(String instruction) {
        InstructRequest request = InstructRequest.of(instruction, picture)
                .sampling(base -> base.scheduler(scheduler("ddim")).steps(4).promptStyle(PromptStyle.WEBUI));
        return InstructPix2Pix.run(model, request).finish();
    }

    @Test
    void theGuidanceIsThatOfThePaper() {
        INDArray rows = Nd4j.createFromArray(1.0, 10.0, 2.0, 20.0, 4.0, 40.0).reshape(6, 1, 1, 1);
        INDArray guided = new ImageGuidance(7.5, 1.5).apply(rows);
        assertThat(guided.data().asDouble()).containsExactly(1 + 1.5 * 1 + 7.5 * 2, 10 + 1.5 * 10 + 7.5 * 20);
        assertThat(new ImageGuidance(7.5, 0.9).guided()).isFalse();
        assertThat(new ImageGuidance(1, 1.5).apply(rows)).isSameAs(rows);
    }

    /** Equal scales leave {@code e(0, 0) + s (e(T, I) - e(0, 0))}: the picture alone drops out. */
    @Test
    void equalScalesAreOneGuidanceByBoth() {
        INDArray rows = Rule.input("instruct.rows", DataType.DOUBLE, 3, 4, 2, 2);
        INDArray expected = rows.slice(0).add(rows.slice(2).sub(rows.slice(0)).mul(3));
        assertThat(largestDifference(new ImageGuidance(3, 3).apply(rows).slice(0), expected))
                .isLessThan(1e-12);
    }

    @Test
    void refusesAModelThatDoesNotTakePictures() {
        assertThatThrownBy(() -> InstructPix2Pix.run(shapes, InstructRequest.of(INSTRUCTION, picture)))
                .hasMessageContaining("takes 4 channels")
                .hasMessageContaining("takes 8");
    }

    @Test
    void settingsAreThoseOfDiffusers() {
        InstructRequest request = InstructRequest.of(INSTRUCTION, picture);
        assertThat(request.imageGuidance()).isEqualTo(1.5);
        assertThat(request.settings().steps()).isEqualTo(100);
        assertThat(request.settings().guidance().scale()).isEqualTo(7.5);
    }

    private static InstructRequest request(String scheduler, UnaryOperator<RunSettings> change) {
        return InstructRequest.of(INSTRUCTION, picture)
                .sampling(base -> change.apply(
                        base.scheduler(scheduler(scheduler)).steps(4).seed(5)));
    }

    private static Scheduler scheduler(String name) {
        return shapes.scheduler(name);
    }
}
