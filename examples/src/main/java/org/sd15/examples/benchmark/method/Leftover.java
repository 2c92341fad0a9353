package org.sd15.examples.benchmark.method;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What is left of things that should be gone: by how much the colour at their place differs from that around them. */
final class Leftover {

    private static final int NEAR = 3;
    private static final int FAR = 8;

    private final boolean[] place;
    private final double[] around;

    /** Finds the place of what the job takes away, and the colour around it in the given picture. */
    Leftover(Workbench bench) {
        WordRegions words = new WordRegions(bench);
        INDArray given = bench.job().picture();
        int width = Math.toIntExact(given.size(3));
        place = words.changing();
        boolean[] near = WordRegions.dilated(place, width, NEAR);
        boolean[] ring = WordRegions.dilated(place, width, FAR);
        boolean[] staying = WordRegions.dilated(words.staying(), width, NEAR);
        for (int i = 0; i < ring.length; i++) {
            ring[i] &= !near[i] && !staying[i];
        }
        around = mean(given, ring);
    }

    /** The distance of the mean colours, of values from 0 to 1. */
    double of(INDArray picture) {
        double[] there = mean(picture, place);
        double sum = 0;
        for (int c = 0; c < there.length; c++) {
            sum += (there[c] - around[c]) * (there[c] - around[c]);
        }
        return Math.sqrt(sum);
    }

    private static double[] mean(INDArray picture, boolean[] where) {
        double[] values = picture.dup('c').data().asDouble();
        double[] sum = new double[values.length / where.length];
        int count = 0;
        for (int i = 0; i < where.length; i++) {
            if (where[i]) {
                count++;
                for (int c = 0; c < sum.length; c++) {
                    sum[c] += values[c * where.length + i];
                }
            }
        }
        for (int c = 0; c < sum.length; c++) {
            sum[c] /= Math.max(1, count);
        }
        return sum;
    }
}
