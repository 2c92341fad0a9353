package org.sd15.pipeline.prompt;

import java.util.List;

/** How a prompt is written. */
public enum PromptStyle {
    /** As text: brackets are drawn too, and what is over the text encoder's length is cut. As diffusers reads prompts. */
    PLAIN,
    /** As {@link WebuiPrompt}: any length in chunks, the mean of the text states restored after weighting. */
    WEBUI,
    /** As {@link CompelPrompt}: any length in chunks, weighted by the distance from the empty prompt. */
    COMPEL,
    /** As compel's, in its mode {@code MASK}, which is its default: fragments that weigh less than 1 are hidden, not left out. */
    COMPEL_MASK;

    /** Whether the syntax is compel's. */
    public boolean isCompel() {
        return this == COMPEL || this == COMPEL_MASK;
    }

    /**
     * What a prompt says in every step, for what finds words in it, edits by it or goes its steps backwards.
     *
     * @throws IllegalArgumentException if it can't be read, says other things at other steps, composes several prompts or
     *     asks for a LoRA
     */
    public PromptText text(String prompt) {
        return switch (this) {
            case PLAIN -> new WeightedText(List.of(List.of(new Fragment(prompt, 1))));
            case WEBUI -> WebuiPrompt.parse(prompt).constant(prompt);
            case COMPEL -> CompelPrompt.parse(prompt);
            case COMPEL_MASK -> CompelPrompt.parse(prompt).with(CompelPrompt.Downweight.MASK);
        };
    }
}
