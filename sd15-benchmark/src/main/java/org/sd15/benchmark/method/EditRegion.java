package org.sd15.benchmark.method;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where an edit may change the picture: where the words are that go ({@link WordRegions}), and a few pixels around.
 * What comes in the place of another thing has another outline, so it gets the box around it. What is only added has
 * no region yet: it may come up anywhere but on the things that stay.
 *
 * @param pixels 1 where the picture may change, 0 elsewhere, {@code [H, W]}
 * @param latents the same on the grid of the latents, {@code [h, w]}: a place belongs to it if any of its pixels does
 */
record EditRegion(INDArray pixels, INDArray latents) {

    /** Blurred edges of a thing that changes its looks, but stays where it is. */
    private static final int EDGE = 1;

    /**
     * Finds the region of a job.
     *
     * @param margin pixels around things that come or go
     */
    static EditRegion of(Workbench bench, int margin) {
        WordRegions words = new WordRegions(bench);
        INDArray picture = bench.job().picture();
        int height = Math.toIntExact(picture.size(2));
        int width = Math.toIntExact(picture.size(3));
        boolean[] region = words.isKnown() ? words.changing() : words.staying();
        boolean moves = words.isKnown() && !thingsStay(bench.job());
        if (moves && !bench.job().added().isEmpty()) {
            region = WordRegions.box(region, width);
        }
        region = WordRegions.dilated(region, width, moves ? margin : EDGE);
        float[] values = new float[region.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = region[i] == words.isKnown() ? 1 : 0;
        }
        INDArray pixels = Nd4j.create(values, new long[] {height, width}, 'c');
        return new EditRegion(pixels, coarse(pixels, bench.latents()));
    }

    private static INDArray coarse(INDArray pixels, INDArray latents) {
        long height = latents.size(2);
        long width = latents.size(3);
        INDArray blocks = pixels.reshape(height, pixels.size(0) / height, width, pixels.size(1) / width);
        return blocks.max(1, 3).castTo(DataType.FLOAT);
    }

    /**
     * Whether no thing becomes another, is added or taken away: each phrase that goes ends with the same word as the
     * one that comes in its place, as in "red circle" and "blue circle".
     */
    static boolean thingsStay(Job job) {
        if (job.removed().size() != job.added().size()) {
            return false;
        }
        for (int i = 0; i < job.removed().size(); i++) {
            if (!lastWord(job.removed().get(i)).equals(lastWord(job.added().get(i)))) {
                return false;
            }
        }
        return true;
    }

    private static String lastWord(String phrase) {
        return phrase.strip().replaceAll("^.*\\s", "");
    }
}
