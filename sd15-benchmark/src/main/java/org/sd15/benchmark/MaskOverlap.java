package org.sd15.benchmark;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.heatmap.HeatMap;

/** How well something that a method or a model points at covers the truth. */
public final class MaskOverlap {

    private static final double HALF = 0.5;

    private MaskOverlap() {}

    /**
     * Intersection over union of a mask with the truth, both from a half on; the mask is taken to the size of the truth by
     * nearest neighbours.
     *
     * @param mask shares from 0 to 1, {@code [h, w]}
     * @param truth shares from 0 to 1, row by row
     * @param height rows of the truth
     */
    public static double iou(INDArray mask, float[] truth, int height) {
        int width = truth.length / height;
        int both = 0;
        int any = 0;
        for (int i = 0; i < truth.length; i++) {
            long y = i / width * mask.size(0) / height;
            long x = i % width * mask.size(1) / width;
            boolean there = mask.getDouble(y, x) >= HALF;
            boolean wanted = truth[i] >= HALF;
            both += there && wanted ? 1 : 0;
            any += there || wanted ? 1 : 0;
        }
        return any == 0 ? 1 : (double) both / any;
    }

    /** Intersection over union of a heat map, where it reaches half of its range in the picture's size, with the truth. */
    public static double iou(HeatMap map, float[] truth, int height) {
        return iou(map.overlay(height, truth.length / height).mask(HALF, 0), truth, height);
    }

    /** The share of a heat map, stretched to 0..1 in the picture's size, that lies in the truth. */
    public static double energy(HeatMap map, float[] truth, int height) {
        float[] heat = map.overlay(height, truth.length / height).values();
        double inside = 0;
        double all = 0;
        for (int i = 0; i < heat.length; i++) {
            inside += heat[i] * truth[i];
            all += heat[i];
        }
        return all == 0 ? 0 : inside / all;
    }
}
