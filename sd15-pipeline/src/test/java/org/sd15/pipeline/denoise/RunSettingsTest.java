package org.sd15.pipeline.denoise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.instruct.InstructRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRun;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.edit.zero.Pix2PixZero;
import org.sd15.pipeline.edit.zero.Pix2PixZeroRequest;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.Replay;

/** What is set once stays set; what a method can't use can't be set, or is refused. */
class RunSettingsTest {

    private static StableDiffusion model;
    private static INDArray picture;

    @BeforeAll
    static void load() throws Exception {
        model = ShapesModel.load();
        picture = Nd4j.valueArrayOf(new long[] {1, 3, 64, 64}, 0.5, DataType.FLOAT);
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    @Test
    void everyChangeKeepsWhatWasSetBefore() {
        UnaryOperator<RunSettings> first = set -> set.steps(7).seed(3).size(96, 64);
        UnaryOperator<RunSettings> second =
                set -> set.guidance(2).guidanceRescale(0.5).clipSkip(1);
        RunSettings expected = second.apply(first.apply(RunSettings.DEFAULT));
        assertThat(EditRequest.of(CIRCLE, STAR).sampling(first).sampling(second).settings())
                .isEqualTo(expected);
        assertThat(MasaCtrlRequest.of(CIRCLE, STAR)
                        .sampling(first)
                        .sampling(second)
                        .settings())
                .isEqualTo(expected);
        assertThat(GenerationRequest.of(CIRCLE)
                        .settings(first)
                        .settings(second)
                        .build()
                        .settings())
                .isEqualTo(expected);
        var direction = new EditDirection(Nd4j.zeros(77, 4));
        assertThat(Pix2PixZeroRequest.of(CIRCLE, direction)
                        .sampling(first)
                        .sampling(second)
                        .settings())
                .isEqualTo(expected);
        RunSettings instructed = InstructRequest.of("make it red", picture)
                .sampling(set -> set.seed(3))
                .sampling(set -> set.guidance(2))
                .settings();
        assertThat(instructed).isEqualTo(RunSettings.DEFAULT.steps(100).seed(3).guidance(2));
        assertThat(expected.steps()).isEqualTo(7);
        assertThat(expected.seeds()).containsExactly(3L);
        assertThat(expected.guidance()).isEqualTo(new Guidance(2, 0.5));
    }

    @Test
    void theDefaultsAreThoseOfDiffusers() {
        assertThat(RunSettings.DEFAULT.steps()).isEqualTo(50);
        assertThat(RunSettings.DEFAULT.guidance()).isEqualTo(new Guidance(7.5, 0));
        assertThat(RunSettings.DEFAULT.methods()).isEmpty();
    }

    @Test
    void nonsenseIsRefusedWhereItIsSet() {
        assertThatThrownBy(() -> RunSettings.DEFAULT.steps(0)).hasMessageContaining("0 steps");
        assertThatThrownBy(() -> RunSettings.DEFAULT.clipSkip(-1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> RunSettings.DEFAULT.seeds(new long[0])).hasMessageContaining("no seed");
        assertThatThrownBy(() -> RunSettings.DEFAULT.guidanceRescale(1.5)).hasMessageContaining("1.5");
    }

    /** Each runs with a given picture under settings that a picture decides. */
    static Stream<UnaryOperator<RunSettings>> settingsOfDrawing() {
        return Stream.of(
                set -> set.size(96, 64),
                set -> set.latents(ShapesModel.noise()),
                set -> set.scheduler(model.scheduler("euler")));
    }

    @ParameterizedTest
    @MethodSource("settingsOfDrawing")
    void whatAGivenPictureDecidesCanNotBeSetBesideIt(UnaryOperator<RunSettings> change) {
        UnaryOperator<RunSettings> settings = set -> change.apply(set.steps(1));
        var direction = new EditDirection(Nd4j.zeros(
                DataType.FLOAT,
                model.tokenizer().encode("").maxLength(),
                model.unet().config().crossAttentionDim()));
        List<ThrowingCallable> runs = List.of(
                () -> model.edit(EditRequest.of(CIRCLE, STAR)
                        .sampling(settings)
                        .picture(new GivenPicture(picture, new DdimInverter(), Replay.FREE, 0))),
                () -> MasaCtrlRun.of(
                        model, MasaCtrlRequest.of(CIRCLE, STAR).picture(picture).sampling(settings)),
                () -> Pix2PixZero.run(
                        model,
                        Pix2PixZeroRequest.of(CIRCLE, direction)
                                .picture(picture)
                                .sampling(settings)),
                () -> HeatMapRequest.of(CIRCLE)
                        .picture(picture)
                        .sampling(settings)
                        .on(model));
        for (ThrowingCallable run : runs) {
            assertThatThrownBy(run).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("picture");
        }
    }

    @Test
    void aPictureToStartFromHasItsOwnSize() {
        GenerationRequest request = GenerationRequest.of(CIRCLE)
                .size(96, 64)
                .source(new GenerationRequest.Source(picture, 0.5, null))
                .build();
        assertThatThrownBy(() -> model.generate(request)).hasMessageContaining("96 x 64");
    }

    @Test
    void aBatchHasOneClipSkip() {
        var one = MasaCtrlRequest.of(CIRCLE, STAR).sampling(set -> set.steps(1));
        var other = one.sampling(set -> set.clipSkip(1));
        assertThatThrownBy(() -> MasaCtrlRun.of(model, List.of(one, other))).hasMessageContaining("clip skip 0 and 1");
    }

    /** Null texts are fitted for a guidance: that of the edit, not a usual one. */
    @Test
    void anInversionKnowsTheGuidanceOfTheEditToCome() {
        List<Double> seen = new ArrayList<>();
        Inverter asking = subject -> {
            seen.add(subject.guidance());
            return new DdimInverter().invert(subject);
        };
        model.edit(EditRequest.of(CIRCLE, STAR)
                .sampling(set -> set.steps(1).guidance(3))
                .picture(new GivenPicture(picture, asking, Replay.HELD, 0)));
        assertThat(seen).containsExactly(3.0);
    }
}
