package org.sd15.pipeline.heatmap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Attention summed over some steps.
 *
 * @param steps their numbers, ascending
 * @param sums by picture and site; each is {@code [heads, tokens, queries]}
 */
record SummedSteps(List<Integer> steps, List<List<double[]>> sums) {

    int first() {
        return steps.get(0);
    }

    int last() {
        return steps.get(steps.size() - 1);
    }

    /** The sum with further steps; this one's arrays become part of it. */
    SummedSteps plus(SummedSteps later) {
        List<Integer> both = new ArrayList<>(steps);
        both.addAll(later.steps);
        for (int picture = 0; picture < sums.size(); picture++) {
            for (int site = 0; site < sums.get(picture).size(); site++) {
                later.addTo(sums.get(picture).get(site), picture, site);
            }
        }
        return new SummedSteps(List.copyOf(both), sums);
    }

    /** Adds what was summed for a picture at a site. */
    void addTo(double[] sum, int picture, int site) {
        double[] values = sums.get(picture).get(site);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i];
        }
    }

    /** Whether the steps are chosen, all or none of them. */
    boolean isChosen(IntPredicate chosen) {
        long count = steps.stream().mapToInt(step -> step).filter(chosen).count();
        if (count != 0 && count != steps.size()) {
            throw new IllegalArgumentException(
                    "heat maps: the steps %d to %d are summed up, some of them can't be chosen; keep every step"
                            .formatted(first(), last()));
        }
        return count != 0;
    }
}
