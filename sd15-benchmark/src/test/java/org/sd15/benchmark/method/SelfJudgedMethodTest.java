package org.sd15.benchmark.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.benchmark.DrawnTasks;
import org.sd15.benchmark.EditCase;
import org.sd15.benchmark.EditCases;
import org.sd15.benchmark.EditTask;
import org.sd15.benchmark.MaskOverlap;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.StepModel;
import org.sd15.pipeline.heatmap.HeatMap;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.shapes.EmbeddedModel;
import org.sd15.shapes.ScenePainter;
import org.sd15.testing.Rule;

/** The model makes several edits of one region, looks at them, and takes one. */
class SelfJudgedMethodTest {

    private static final int SEED = 2;
    private static final int STEPS = 2;
    private static final ScenePainter PAINTER = new ScenePainter(64);

    private static StableDiffusion model;

    @BeforeAll
    static void load() throws IOException {
        model = StableDiffusion.load(EmbeddedModel.folder());
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    private static Workbench bench(EditTask task) {
        return new Workbench(model, task.job(), STEPS, 42);
    }

    @Test
    void allEditsPutTheRestOfThePictureBack() {
        EditTask task = DrawnTasks.of(SEED, 1, 64).get(0); // a colour
        Workbench bench = bench(task);
        SelfJudgedMethod method = (SelfJudgedMethod)
                EditMethods.named(EditMethods.all(null), List.of("self-judged")).get(0);
        EditRegion region = EditRegion.of(bench, 3);
        List<INDArray> pictures = method
                .candidates(bench, region, method.grid().get(0).with("anew", 2))
                .stream()
                .map(Edited::picture)
                .toList();
        assertThat(pictures).hasSize(4).doesNotContain(task.job().picture());
        assertThat(pictures.stream().distinct()).hasSize(4); // each from a way or a noise of its own
        INDArray outside = region.pixels().rsub(1).reshape(1, 1, 64, 64);
        for (INDArray picture : pictures) {
            assertThat(picture.mul(outside)).isEqualTo(task.job().picture().mul(outside));
        }
    }

    @Test
    void takesTheEditThatShowsTheTarget() {
        EditTask task = DrawnTasks.of(SEED, 1, 64).get(0);
        EditCase drawn = EditCases.of(SEED, 1).get(0);
        Edited none = new Edited(PAINTER.paint(drawn.source()), null, Double.NaN, 0);
        Edited perfect = new Edited(PAINTER.paint(drawn.target()), null, Double.NaN, 0);
        EditRegion everywhere = new EditRegion(Nd4j.ones(64, 64), Nd4j.ones(16, 16));
        assertThat(SelfJudgedMethod.best(bench(task), everywhere, List.of(none, perfect, none)))
                .isSameAs(perfect);
    }

    /** Of the drawings of source and target, it prefers the target's. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void theModelTellsPicturesOfTheTargetFromThoseOfTheSource(int kind) {
        EditCase drawn = EditCases.of(SEED, 5).get(kind);
        INDArray both = Nd4j.concat(0, PAINTER.paint(drawn.source()), PAINTER.paint(drawn.target()));
        INDArray everywhere = Nd4j.ones(16, 16);
        String from = drawn.source().caption();
        String to = drawn.target().caption();
        double[] misfits = new PromptFit(model, from, to).misfits(both, everywhere);
        assertThat(misfits[1]).isLessThan(misfits[0]);
        if (kind == 1) {
            double[] reversed = new PromptFit(model, to, from).misfits(both, everywhere);
            assertThat(misfits[0] * reversed[0]).isCloseTo(1, within(1e-5));
            assertThat(misfits[1] * reversed[1]).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void onlyTheRegionCounts() {
        EditCase drawn = EditCases.of(SEED, 1).get(0);
        INDArray picture = PAINTER.paint(drawn.target());
        INDArray region = Nd4j.zeros(16, 16);
        region.get(NDArrayIndex.interval(0, 3), NDArrayIndex.all()).assign(1);
        PromptFit fit =
                new PromptFit(model, drawn.source().caption(), drawn.target().caption());
        INDArray two = Nd4j.concat(0, picture, picture);
        double[] same = fit.misfits(two, region);
        assertThat(same[1]).isCloseTo(same[0], within(1e-5));
        assertThat(fit.misfits(two, region.rsub(1))[0]).isNotCloseTo(same[0], within(1e-3));
    }

    @Test
    void promptsDifferWhereTheThingIsThatTheyDescribeDifferently() {
        EditTask task = DrawnTasks.of(SEED, 1, 64).get(0); // a colour
        HeatMap map = bench(task).promptDifference();
        float[] truth = task.editable();
        double area = IntStream.range(0, truth.length)
                .mapToDouble(i -> truth[i])
                .average()
                .orElseThrow();
        assertThat(MaskOverlap.energy(map, truth, 64)).isGreaterThan(1.5 * area); // without any knowledge: the area
        assertThat(MaskOverlap.iou(EditRegion.of(bench(task), 3).pixels(), truth, 64))
                .isGreaterThan(0.8);
    }

    @Test
    void whatIsAddedMayComeUpAnywhereButOnWhatStays() {
        EditTask task = DrawnTasks.of(SEED, 4, 64).get(3); // a thing more
        INDArray staying = EditRegion.of(bench(task), 3).pixels().rsub(1);
        assertThat(MaskOverlap.iou(staying, Objects.requireNonNull(task.wordMask()), 64))
                .isGreaterThan(0.7);
    }

    @Test
    void noiseIsAddedByTheScheduleAndIsTheSameForAllPictures() {
        INDArray latents = Rule.picture("self-judged.latents", DataType.FLOAT, 2, 4, 16, 16);
        NoisedPictures noised = NoisedPictures.of(model, latents, 100, 7);
        INDArray noise = new TorchRandom(7).randn(1, 4, 16, 16);
        double signal = model.scheduler("ddim").noiseSchedule().alphaCumprod(100);
        for (int i = 0; i < 2; i++) {
            INDArray expected =
                    latents.slice(i).mul(Math.sqrt(signal)).add(noise.slice(0).mul(Math.sqrt(1 - signal)));
            assertThat(noised.noised().slice(i).sub(expected).amaxNumber().doubleValue())
                    .isLessThan(1e-6);
        }
    }

    @Test
    void targetsBeginAnewInsideOfTheMaskAndTheSourceNowhere() {
        INDArray latents = Nd4j.rand(3, 4, 2, 2);
        latents.slice(1).assign(latents.slice(0));
        latents.slice(2).assign(latents.slice(0));
        INDArray mask = Nd4j.create(new float[][] {{1, 0}, {0, 0.5f}});
        StartAnew anew = new StartAnew(mask, 11);
        StepModel unused = null;
        INDArray begun = anew.beforeStep(0, latents, unused);
        assertThat(begun.slice(0)).isEqualTo(latents.slice(0));
        for (int picture = 1; picture < 3; picture++) {
            INDArray noise = new TorchRandom(10 + picture).randn(4, 2, 2);
            for (int c = 0; c < 4; c++) {
                double source = latents.getDouble(0, c, 1, 1);
                assertThat(begun.getDouble(picture, c, 0, 0)).isEqualTo(noise.getDouble(c, 0, 0));
                assertThat(begun.getDouble(picture, c, 0, 1)).isEqualTo(latents.getDouble(0, c, 0, 1));
                assertThat(begun.getDouble(picture, c, 1, 1))
                        .isCloseTo((source + noise.getDouble(c, 1, 1)) / 2, within(1e-6));
            }
        }
        assertThat(anew.beforeStep(1, begun, unused)).isSameAs(begun);
    }
}
