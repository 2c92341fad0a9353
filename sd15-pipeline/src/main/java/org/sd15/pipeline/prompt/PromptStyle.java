package org.sd15.pipeline.prompt;

/** How a prompt is written. */
public enum PromptStyle {
    /** As text: brackets are drawn too, and what is over the text encoder's length is cut. As diffusers reads prompts. */
    PLAIN,
    /** As {@link WebuiPrompt}: any length in chunks, the mean of the text states restored after weighting. */
    WEBUI,
    /** As {@link CompelPrompt}: any length in chunks, weighted by the distance from the empty prompt. */
    COMPEL
}
