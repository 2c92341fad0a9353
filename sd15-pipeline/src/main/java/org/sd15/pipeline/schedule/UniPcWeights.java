package org.sd15.pipeline.schedule;

import java.util.Arrays;

/**
 * The weights of UniPC's divided differences (theorem 3.1 of the paper): those for which polynomials of the order are
 * integrated exactly.
 */
final class UniPcWeights {

    private final double h;
    private final double[] places;
    private final boolean bh1;

    /**
     * The weights of a step.
     *
     * @param h the step in lambda
     * @param places places of older predictions, in units of the step and negative
     * @param bh1 whether B(h) is h instead of exp(h) - 1
     */
    UniPcWeights(double h, double[] places, boolean bh1) {
        this.h = h;
        this.places = places.clone();
        this.bh1 = bh1;
    }

    /** How many older predictions there are. */
    int older() {
        return places.length;
    }

    /** The place of an older prediction, the newest first. */
    double place(int index) {
        return places[index];
    }

    /** The common factor B of all weights, with the sign of the form that predicts pictures. */
    double scale() {
        return bh1 ? -h : Math.expm1(-h);
    }

    /** One weight per older prediction. */
    double[] predictor() {
        return places.length == 1 ? new double[] {0.5} : solve(places);
    }

    /** One weight per older prediction and a last one for the prediction at the end of the step. */
    double[] corrector() {
        if (places.length == 0) {
            return new double[] {0.5};
        }
        double[] withEnd = Arrays.copyOf(places, places.length + 1);
        withEnd[places.length] = 1;
        return solve(withEnd);
    }

    /** The solution of sum_j rho_j r_j^i = b_i, a system of Vandermonde, by elimination. */
    private double[] solve(double[] r) {
        int size = r.length;
        double[][] rows = new double[size][size + 1];
        double phi = Math.expm1(-h) / -h - 1;
        double factorial = 1;
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                rows[i][j] = Math.pow(r[j], i);
            }
            rows[i][size] = phi * factorial / scale();
            factorial *= i + 2;
            phi = phi / -h - 1 / factorial;
        }
        return eliminate(rows);
    }

    private static double[] eliminate(double[][] rows) {
        int size = rows.length;
        for (int pivot = 0; pivot < size; pivot++) {
            for (int row = 0; row < size; row++) {
                double factor = row == pivot ? 0 : rows[row][pivot] / rows[pivot][pivot];
                for (int column = pivot; column <= size; column++) {
                    rows[row][column] -= factor * rows[pivot][column];
                }
            }
        }
        double[] solution = new double[size];
        Arrays.setAll(solution, i -> rows[i][size] / rows[i][i]);
        return solution;
    }
}
