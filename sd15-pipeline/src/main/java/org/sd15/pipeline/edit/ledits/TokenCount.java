package org.sd15.pipeline.edit.ledits;

/** Which tokens of a concept's prompt its attention mask is about. */
public enum TokenCount {
    /** Those of its words. */
    WORDS,
    /**
     * All but the first and the last that the text encoder sees, padding included: what diffusers 0.42.1 does with
     * today's tokenizers.
     */
    PADDED
}
