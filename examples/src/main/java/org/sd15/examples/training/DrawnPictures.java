package org.sd15.examples.training;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.training.PictureSource;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.shapes.SceneGenerator;
import org.sd15.shapes.ScenePainter;
import org.sd15.shapes.pictograms.Pictogram;
import org.sd15.shapes.pictograms.PictogramScenes;

/**
 * What the autoencoder sees, drawn when it is asked for: of eight pictures four are full of pictograms, three are
 * scenes, one shows drawn shapes. The only state is how many there were.
 */
final class DrawnPictures implements PictureSource {

    private static final String DRAWN = "pictures.drawn";
    private static final int ROUND = 8;

    private final PictogramScenes scenes;
    private final ScenePainter shapes = new ScenePainter(64);
    private final int batch;
    private final long seed;
    private int drawn;

    DrawnPictures(List<Pictogram> pictograms, int batch, long seed) {
        this.scenes = new PictogramScenes(pictograms, seed);
        this.batch = batch;
        this.seed = seed;
    }

    @Override
    public INDArray next() {
        INDArray[] rows = new INDArray[batch];
        for (int row = 0; row < batch; row++) {
            rows[row] = picture(drawn++);
        }
        return Nd4j.concat(0, rows).muli(2).subi(1);
    }

    private INDArray picture(int number) {
        int turn = number % ROUND;
        if (turn == ROUND - 1) {
            return shapes.paint(new SceneGenerator(seed * Integer.MAX_VALUE + number).any());
        }
        return (turn % 2 == 0 ? scenes.crowd(number) : scenes.any(number)).picture();
    }

    @Override
    public void save(TrainingState into) {
        into.remark(DRAWN, drawn);
    }

    @Override
    public void restore(TrainingState from) {
        drawn = from.number(DRAWN);
    }
}
