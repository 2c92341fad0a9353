package org.sd15.pipeline.edit.ledits;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.mask.MaskKind;

/**
 * Something that is added to a picture or taken away. Immutable; the methods return a new concept.
 *
 * @param prompt the concept in words
 * @param removed whether it is taken away
 * @param guidance how strongly; 5 by default, 10 to 15 are typical
 * @param threshold share of the picture that its mask leaves out, from 0 to 1; above 1 nothing is left
 * @param warmup steps at the start in which it does nothing yet
 * @param cooldown number of the step from which on it does nothing any more
 * @param mask what limits it to a part of the picture
 * @param userMask where it may act, 1 or 0 or between, {@code [1 or pictures, 1, h, w]} of the latents; null for everywhere
 */
public record Concept(
        String prompt,
        boolean removed,
        double guidance,
        double threshold,
        int warmup,
        int cooldown,
        MaskKind mask,
        @Nullable INDArray userMask) {

    private static final double GUIDANCE = 5;
    private static final double THRESHOLD = 0.9;

    /** Checks ranges. */
    public Concept {
        if (prompt.isBlank()) {
            throw new IllegalArgumentException("a concept without words; say what to add or to take away");
        }
        if (!Double.isFinite(guidance) || !(threshold >= 0 && Double.isFinite(threshold))) {
            throw new IllegalArgumentException(
                    "\"%s\": guidance is %s, must be finite; threshold is %s, must be finite and at least 0"
                            .formatted(prompt, guidance, threshold));
        }
        if (warmup < 0 || cooldown < 0) {
            throw new IllegalArgumentException("\"%s\": warm-up %d and cool-down %d are numbers of steps, from 0 on"
                    .formatted(prompt, warmup, cooldown));
        }
    }

    /** A concept to add, with diffusers' defaults. */
    public static Concept add(String prompt) {
        return new Concept(prompt, false, GUIDANCE, THRESHOLD, 0, Integer.MAX_VALUE, MaskKind.BOTH, null);
    }

    /** A concept to take away, with diffusers' defaults. */
    public static Concept remove(String prompt) {
        return new Concept(prompt, true, GUIDANCE, THRESHOLD, 0, Integer.MAX_VALUE, MaskKind.BOTH, null);
    }

    /**
     * A concept as it is typed.
     *
     * @param text {@code +tennis ball} or {@code -cat}; without a sign it is added
     * @throws IllegalArgumentException if there are no words
     */
    public static Concept parse(String text) {
        return switch (text.isEmpty() ? ' ' : text.charAt(0)) {
            case '+' -> add(text.substring(1).strip());
            case '-' -> remove(text.substring(1).strip());
            default -> add(text.strip());
        };
    }

    /** This concept with another finite guidance; 10 to 15 are typical. */
    public Concept guidance(double other) {
        return new Concept(prompt, removed, other, threshold, warmup, cooldown, mask, userMask);
    }

    /** This concept with another threshold: the share of the picture, from 0 to 1, that its mask leaves out. */
    public Concept threshold(double other) {
        return new Concept(prompt, removed, guidance, other, warmup, cooldown, mask, userMask);
    }

    /** This concept from one step on and up to another, that one excluded. */
    public Concept steps(int from, int to) {
        return new Concept(prompt, removed, guidance, threshold, from, to, mask, userMask);
    }

    /** This concept limited by another kind of mask. */
    public Concept mask(MaskKind other) {
        return new Concept(prompt, removed, guidance, threshold, warmup, cooldown, other, userMask);
    }

    /**
     * This concept within a given mask as well.
     *
     * @param other 1 or 0 or between, {@code [1 or pictures, 1, h, w]} of the latents; null for everywhere
     */
    public Concept within(@Nullable INDArray other) {
        return new Concept(prompt, removed, guidance, threshold, warmup, cooldown, mask, other);
    }

    /** The guidance with its sign. */
    double scale() {
        return removed ? -guidance : guidance;
    }

    boolean actsIn(int step) {
        return step >= warmup && step < cooldown;
    }
}
