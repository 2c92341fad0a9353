package org.sd15.pipeline.inversion;

/** What keeps the source picture on the trajectory of its inversion. Noise maps and null texts always do. */
public enum Replay {
    /** Nothing more. */
    FREE,
    /** It is reset after each step: direct inversion. */
    HELD,
    /** The unconditional text of all pictures is the source's prompt: negative-prompt inversion. */
    NEGATIVE_PROMPT
}
