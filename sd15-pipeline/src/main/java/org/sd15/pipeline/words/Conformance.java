package org.sd15.pipeline.words;

/** What to do where the published code of a method has a defect. */
public enum Conformance {

    /** What was meant. */
    CORRECTED,

    /**
     * What google/prompt-to-prompt does, for comparing numbers with it. Words are found only as they are typed, case
     * and punctuation included; and when replaced words differ in their number of tokens, the tokens after the last of
     * them read the source at their own position instead of at that of their own word.
     *
     * <p>In Attend-and-Excite what yuval-alaluf/Attend-and-Excite does for Stable Diffusion 1.x: the end token and the
     * padding take part in the softmax, and the Gaussian is wider than its deviation says.
     */
    REFERENCE
}
