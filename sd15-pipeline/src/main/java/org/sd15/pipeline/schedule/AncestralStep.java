package org.sd15.pipeline.schedule;

/**
 * A step that goes down below the level that it leads to, and up to that with fresh noise (K. Crowson, k-diffusion).
 *
 * @param down noise over signal before the fresh noise
 * @param up deviation of the fresh noise; down and up are the legs of a right triangle whose hypotenuse is the level
 */
record AncestralStep(double down, double up) {

    /** A step between two levels, as noise over signal. */
    static AncestralStep between(double from, double to) {
        return new AncestralStep(to * to / from, to / from * Math.sqrt(from * from - to * to));
    }
}
