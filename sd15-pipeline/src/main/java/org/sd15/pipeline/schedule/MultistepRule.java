package org.sd15.pipeline.schedule;

import java.util.List;

/** How a multistep solver integrates the polynomial through its newest predictions over a step. */
enum MultistepRule {
    /** Order 2 as the midpoint rule, order 3 as {@link #HEUN}: DPM-Solver's {@code solver_type} midpoint. */
    MIDPOINT,
    /** The slope exactly and the curvature with half its weight: DPM-Solver's {@code solver_type} heun. */
    HEUN,
    /** Exactly: DEIS (Q. Zhang, Y. Chen, 2022, with lambda for the logarithm of rho). */
    EXACT;

    /**
     * The integral, in the form of {@link ExponentialStep}.
     *
     * @param newest predictions, that of the step's start first, at least as many as the order
     * @param order from 1 to 3; 1 for a step to no noise or an empty one
     */
    LinearCombination integral(ExponentialStep exact, List<Prediction> newest, int order) {
        LinearCombination constant = newest.get(0).value().times(exact.phi0());
        if (order == 1) {
            return constant;
        }
        LinearCombination slope = newest.get(0).slope(newest.get(1), exact.h());
        if (order == 2) {
            return constant.plus(slope.times(this == MIDPOINT ? exact.phi0() / 2 : exact.phi1()));
        }
        double near = (newest.get(0).lambda() - newest.get(1).lambda()) / exact.h();
        double far = (newest.get(1).lambda() - newest.get(2).lambda()) / exact.h();
        LinearCombination curvature =
                slope.minus(newest.get(1).slope(newest.get(2), exact.h())).times(1 / (near + far));
        return constant.plus(slope.plus(curvature.times(near)).times(exact.phi1()))
                .plus(curvature.times(this == EXACT ? 2 * exact.phi2() : exact.phi2()));
    }
}
