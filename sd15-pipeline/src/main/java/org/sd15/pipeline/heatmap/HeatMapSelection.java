package org.sd15.pipeline.heatmap;

import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.sd15.attention.control.AttentionSite;

/**
 * Which attention makes up a heat map.
 *
 * @param sites chooses among the sites that were added up
 * @param heads chooses heads by number, from 0
 * @param steps chooses steps by number, from 0
 * @param meanOfSteps whether steps are averaged as sites and heads are, instead of summed
 */
public record HeatMapSelection(
        Predicate<AttentionSite> sites, IntPredicate heads, IntPredicate steps, boolean meanOfSteps) {

    /** Everything. */
    public static final HeatMapSelection ALL = new HeatMapSelection(site -> true, head -> true, step -> true, false);

    /** This selection at some sites only. */
    public HeatMapSelection sites(Predicate<AttentionSite> some) {
        return new HeatMapSelection(some, heads, steps, meanOfSteps);
    }

    /** This selection of some heads only. */
    public HeatMapSelection heads(IntPredicate some) {
        return new HeatMapSelection(sites, some, steps, meanOfSteps);
    }

    /** This selection in some steps only. */
    public HeatMapSelection steps(IntPredicate some) {
        return new HeatMapSelection(sites, heads, some, meanOfSteps);
    }

    /** This selection with steps averaged: at each pixel the maps of all tokens then add up to 1. */
    public HeatMapSelection averaged() {
        return new HeatMapSelection(sites, heads, steps, true);
    }
}
