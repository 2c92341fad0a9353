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
 */
public record HeatMapSelection(Predicate<AttentionSite> sites, IntPredicate heads, IntPredicate steps) {

    /** Everything. */
    public static final HeatMapSelection ALL = new HeatMapSelection(site -> true, head -> true, step -> true);

    /** This selection at some sites only. */
    public HeatMapSelection sites(Predicate<AttentionSite> some) {
        return new HeatMapSelection(some, heads, steps);
    }

    /** This selection of some heads only. */
    public HeatMapSelection heads(IntPredicate some) {
        return new HeatMapSelection(sites, some, steps);
    }

    /** This selection in some steps only. */
    public HeatMapSelection steps(IntPredicate some) {
        return new HeatMapSelection(sites, heads, some);
    }
}
