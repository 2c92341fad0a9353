package org.sd15.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.PictureMetrics;
import org.sd15.shapes.ScenePainter;
import org.sd15.testing.Rule;

/** The benchmark itself: it knows a perfect edit from none, and a kept picture from a spoilt one. */
class EditJudgeTest {

    private static final ScenePainter PAINTER = new ScenePainter(64);
    private static final List<EditCase> CASES = EditCases.of(606, 60);

    private static boolean succeeds(EditCase task, INDArray edited) {
        return new EditJudge(PAINTER).succeeds(task, edited);
    }

    /** What should have been kept, all else zero. */
    private static INDArray kept(EditCase task, INDArray picture) {
        return PictureMetrics.outside(picture, task.editable(PAINTER));
    }

    @Test
    void theIdealEditAlwaysSucceedsAndKeepsEverything() {
        for (EditCase task : CASES) {
            INDArray target = PAINTER.paint(task.target());
            assertThat(succeeds(task, target)).as(task.toString()).isTrue();
            INDArray before = kept(task, PAINTER.paint(task.source()));
            INDArray after = kept(task, target);
            assertThat(PictureMetrics.mse(before, after)).as(task.toString()).isZero();
            assertThat(PictureMetrics.ssim(before, after)).isGreaterThan(1 - 1e-12);
        }
    }

    @Test
    void noEditNeverSucceeds() {
        for (EditCase task : CASES) {
            assertThat(succeeds(task, PAINTER.paint(task.source())))
                    .as(task.toString())
                    .isFalse();
        }
    }

    /** Blur and noise as of a small autoencoder do not hide what a picture shows. */
    @Test
    void theJudgeSeesThroughSoftPictures() {
        INDArray noise =
                Rule.picture("benchmark.noise", DataType.FLOAT, 1, 3, 64, 64).mul(0.08);
        for (EditCase task : CASES) {
            INDArray soft = blurred(PAINTER.paint(task.target())).add(noise);
            assertThat(new EditJudge(PAINTER).succeeds(task, soft))
                    .as(task.toString())
                    .isTrue();
        }
    }

    /** A fifth of the thing is left: the mean is the background's still, the thing is not gone. */
    @Test
    void aThingThatLeavesATraceIsNotGone() {
        EditCase task = CASES.stream()
                .filter(any -> any.kind() == EditKind.REMOVE)
                .findFirst()
                .orElseThrow();
        INDArray source = PAINTER.paint(task.source());
        INDArray picture = PAINTER.paint(task.target());
        float[] mask = PAINTER.mask(task.before());
        int[] place = IntStream.range(0, mask.length).filter(i -> mask[i] == 1).toArray();
        for (int n = 0; n < place.length / 5; n++) {
            int y = place[n] / 64;
            int x = place[n] % 64;
            for (int c = 0; c < 3; c++) {
                picture.putScalar(new int[] {0, c, y, x}, source.getDouble(0, c, y, x));
            }
            boolean gone = new EditJudge(PAINTER).succeeds(task, picture);
            assertThat(gone).as("%d of %d pixels", n + 1, place.length).isEqualTo(n + 1 <= place.length / 10);
        }
    }

    /** Each pixel the mean of itself and its four neighbours. */
    private static INDArray blurred(INDArray picture) {
        INDArray soft = picture.dup('c');
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < 64 * 64; i++) {
                int y = i / 64;
                int x = i % 64;
                double sum = picture.getDouble(0, c, y, x)
                        + picture.getDouble(0, c, Math.max(0, y - 1), x)
                        + picture.getDouble(0, c, Math.min(63, y + 1), x)
                        + picture.getDouble(0, c, y, Math.max(0, x - 1))
                        + picture.getDouble(0, c, y, Math.min(63, x + 1));
                soft.putScalar(new int[] {0, c, y, x}, sum / 5);
            }
        }
        return soft;
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSpoiltOutsideOfTheMaskCountsAndWhatIsInsideDoesNot(EditKind kind) {
        EditCase task =
                CASES.stream().filter(any -> any.kind() == kind).findFirst().orElseThrow();
        float[] editable = task.editable(PAINTER);
        INDArray source = PAINTER.paint(task.source());
        INDArray inside = source.dup('c');
        INDArray outside = source.dup('c');
        for (int i = 0; i < editable.length; i++) {
            (editable[i] > 0 ? inside : outside).data().put(i, (source.data().getDouble(i) + 0.5) % 1);
        }
        INDArray before = kept(task, source);
        assertThat(PictureMetrics.mse(before, kept(task, inside))).isZero();
        assertThat(PictureMetrics.mse(before, kept(task, outside))).isGreaterThan(0.001);
    }

    @Test
    void allKindsAreDrawnOnOneAndOnTwoObjects() {
        var drawn = CASES.stream()
                .collect(Collectors.groupingBy(
                        EditCase::kind,
                        Collectors.mapping(task -> task.source().objects().size(), Collectors.toSet())));
        assertThat(drawn.get(EditKind.COLOR)).containsExactlyInAnyOrder(1, 2);
        assertThat(drawn.get(EditKind.SHAPE)).containsExactlyInAnyOrder(1, 2);
        assertThat(drawn.get(EditKind.BACKGROUND)).containsExactlyInAnyOrder(1, 2);
        assertThat(drawn.get(EditKind.ADD)).containsExactly(1);
        assertThat(drawn.get(EditKind.REMOVE)).containsExactly(2);
        assertThat(EditCases.of(606, 60)).isEqualTo(CASES);
        assertThat(EditCases.of(2, 60)).isNotEqualTo(CASES);
    }

    @Test
    void theWordsOfAnEditAreInItsCaptions() {
        assertThat(CASES).allSatisfy(task -> {
            assertThat(task.source().caption()).contains(task.sourceWord());
            assertThat(task.target().caption()).contains(task.targetWord());
            if (task.kind() != EditKind.ADD && task.kind() != EditKind.REMOVE) {
                assertThat(task.target().caption().split(" "))
                        .hasSameSizeAs(task.source().caption().split(" "));
            }
        });
    }
}
