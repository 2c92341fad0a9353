package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.shapes.pictograms.PictogramScenes;
import org.sd15.testing.shapes.DrawnSprites;

class DrawnPicturesTest {

    @Test
    void crowdsScenesAndShapesTakeTurns() {
        INDArray pictures = new DrawnPictures(DrawnSprites.six(), 8, 5).next();
        PictogramScenes scenes = new PictogramScenes(DrawnSprites.six(), 5);
        assertThat(pictures.shape()).containsExactly(8, 3, 64, 64);
        for (int row = 0; row < 7; row++) {
            INDArray expected = (row % 2 == 0 ? scenes.crowd(row) : scenes.any(row)).picture();
            assertThat(pictures.slice(row).add(1).divi(2).equalsWithEps(expected.slice(0), 1e-6))
                    .as("picture %d", row)
                    .isTrue();
        }
        assertThat(pictures.slice(7)
                        .add(1)
                        .divi(2)
                        .equalsWithEps(scenes.any(7).picture().slice(0), 1e-2))
                .isFalse();
        assertThat(pictures.minNumber().doubleValue()).isGreaterThanOrEqualTo(-1);
        assertThat(pictures.maxNumber().doubleValue()).isLessThanOrEqualTo(1);
    }

    /** However many come at once. */
    @Test
    void picturesFollowFromTheirNumber() {
        DrawnPictures threes = new DrawnPictures(DrawnSprites.six(), 3, 5);
        threes.next();
        INDArray fourth = threes.next().slice(0);
        assertThat(fourth)
                .isEqualTo(new DrawnPictures(DrawnSprites.six(), 4, 5).next().slice(3));
    }
}
