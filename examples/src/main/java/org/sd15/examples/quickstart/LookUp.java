package org.sd15.examples.quickstart;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Random tasks of looking up: maps of codes, texts that give each code a colour, and the maps painted in them. */
final class LookUp {

    /** How many codes there are; a pixel carries one of them, a text has a word for each. */
    static final int CODES = 5;

    /** Numbers in a colour. */
    static final int COLOURS = 3;

    /** A word is a code, one-hot, followed by its colour. */
    static final int TEXT_WIDTH = CODES + COLOURS;

    private final int side;
    private final DataType type;
    private final Random random;

    LookUp(int side, DataType type, long seed) {
        this.side = side;
        this.type = type;
        this.random = new Random(seed);
    }

    /** Images {@code [batch, CODES, side, side]}, texts {@code [batch, CODES, TEXT_WIDTH]}, paintings as labels. */
    MultiDataSet next(int batch) {
        INDArray images = Nd4j.zeros(type, batch, CODES, side, side);
        INDArray texts = Nd4j.zeros(type, batch, CODES, TEXT_WIDTH);
        INDArray paintings = Nd4j.zeros(type, batch, COLOURS, side, side);
        for (int i = 0; i < batch; i++) {
            double[][] colours = new double[CODES][];
            int word = 0;
            for (int code : shuffledCodes()) {
                colours[code] = random.doubles(COLOURS, -1, 1).toArray();
                texts.putScalar(new int[] {i, word, code}, 1);
                for (int c = 0; c < COLOURS; c++) {
                    texts.putScalar(new int[] {i, word, CODES + c}, colours[code][c]);
                }
                word++;
            }
            paint(i, colours, images, paintings);
        }
        return new MultiDataSet(new INDArray[] {images, texts}, new INDArray[] {paintings});
    }

    private List<Integer> shuffledCodes() {
        List<Integer> codes = new ArrayList<>(IntStream.range(0, CODES).boxed().toList());
        Collections.shuffle(codes, random);
        return codes;
    }

    private void paint(int picture, double[][] colours, INDArray images, INDArray paintings) {
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int code = random.nextInt(CODES);
                images.putScalar(new int[] {picture, code, y, x}, 1);
                for (int c = 0; c < COLOURS; c++) {
                    paintings.putScalar(new int[] {picture, c, y, x}, colours[code][c]);
                }
            }
        }
    }
}
