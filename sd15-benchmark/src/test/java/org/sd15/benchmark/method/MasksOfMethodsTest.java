package org.sd15.benchmark.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.heatmap.HeatMap;

/** The masks that combinations find for themselves. */
class MasksOfMethodsTest {

    /** Black with a white column on the right. */
    private static INDArray picture() {
        INDArray picture = Nd4j.zeros(DataType.FLOAT, 1, 3, 2, 4);
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < 2; y++) {
                picture.putScalar(new int[] {0, c, y, 3}, 1);
            }
        }
        return picture;
    }

    @Test
    void everyPixelGetsTheMeanHeatOfItsColour() {
        HeatMap map = new HeatMap(new float[] {0, 0, 3, 3, 0, 0, 3, 9}, 2, 4);
        SharpMap sharp = SharpMap.of(map, picture());
        double other = Math.exp(-3 / (2 * 0.12 * 0.12)); // how much a pixel counts for one of the other colour
        double black = (6 + other * 12) / (6 + other * 2);
        double white = (12 + other * 6) / (2 + other * 6);
        assertThat(sharp.values())
                .containsExactly(new double[] {black, black, black, white, black, black, black, white}, within(1e-9));
        assertThat(sharp.hot()).containsExactly(false, false, false, true, false, false, false, true);
        assertThat(sharp.shares().values()[3]).isEqualTo(1);
        assertThat(sharp.shares().values()[0]).isCloseTo(black / white, within(1e-12));
    }

    @Test
    void twoMapsTogetherAreHotWhereBothAre() {
        SharpMap one = new SharpMap(new double[] {1, 2, 4, 4});
        SharpMap other = new SharpMap(new double[] {10, 10, 0, 5});
        assertThat(one.and(other).values()).containsExactly(0.25, 0.5, 0, 0.5);
    }

    @Test
    void theCutLiesWhereBothPartsAreFarthestApart() {
        assertThat(new SharpMap(new double[] {0.1, 0.2, 0.15, 0.9, 0.8, 0.12}).hot())
                .containsExactly(false, false, false, true, true, false);
    }

    @Test
    void phrasesStandBetweenSmallWords() {
        assertThat(WordRegions.chunks("a large red heart left of a blue star on a white background"))
                .containsExactly("large red heart", "blue star", "white background");
        assertThat(WordRegions.chunks("a the")).isEmpty();
    }

    @Test
    void aRegionGrowsInAllDirectionsAndNotBeyondTheEdge() {
        boolean[] region = new boolean[12];
        region[3] = true; // top right of 3 x 4
        assertThat(WordRegions.dilated(region, 4, 1))
                .containsExactly(false, false, true, true, false, false, true, true, false, false, false, false);
    }

    @Test
    void aBoxHoldsAllOfARegionButStrayPixels() {
        boolean[] region = new boolean[400]; // 20 x 20
        for (int i = 0; i < 100; i++) {
            region[(5 + i / 10) * 20 + 6 + i % 10] = true;
        }
        region[399] = true;
        boolean[] box = WordRegions.box(region, 20);
        for (int i = 0; i < box.length; i++) {
            assertThat(box[i]).isEqualTo(i != 399 && region[i]);
        }
        region[5 * 20 + 6] = false; // a box has corners
        assertThat(WordRegions.box(region, 20)[5 * 20 + 6]).isTrue();
    }

    @Test
    void thingsStayWhereOnlyTheirLooksChange() {
        assertThat(EditRegion.thingsStay(job(List.of("a red circle"), List.of("a blue circle"))))
                .isTrue();
        assertThat(EditRegion.thingsStay(job(List.of("a red circle"), List.of("a red star"))))
                .isFalse();
        assertThat(EditRegion.thingsStay(job(List.of(), List.of("a red star")))).isFalse();
        assertThat(EditRegion.thingsStay(job(List.of("white background"), List.of("black background"))))
                .isTrue();
    }

    private static Job job(List<String> removed, List<String> added) {
        return new Job(picture(), "", "", null, null, added, removed, "");
    }

    @Test
    void whatChangedLittleIsPutBackAndWhatChangedMuchStays() {
        INDArray given = Nd4j.zeros(DataType.FLOAT, 1, 3, 1, 3);
        INDArray edited = given.dup();
        edited.putScalar(new int[] {0, 1, 0, 0}, 0.1);
        edited.putScalar(new int[] {0, 1, 0, 1}, 0.15);
        edited.putScalar(new int[] {0, 2, 0, 2}, 0.5);
        INDArray mask = new ChangeMask(0.1, 0.2, 0).of(edited, given);
        assertThat(mask.data().asDouble()).containsExactly(new double[] {0, 0.5, 1}, within(1e-6));
        INDArray composite = ChangeMask.composite(mask, edited, given);
        assertThat(composite.getDouble(0, 1, 0, 0)).isZero();
        assertThat(composite.getDouble(0, 1, 0, 1)).isCloseTo(0.075, within(1e-6));
        assertThat(composite.getDouble(0, 2, 0, 2)).isCloseTo(0.5, within(1e-6));
        INDArray averaged = new ChangeMask(0, 1, 1).of(edited, given);
        assertThat(averaged.data().asDouble()).containsExactly(new double[] {0.125, 0.25, 0.325}, within(1e-6));
    }
}
