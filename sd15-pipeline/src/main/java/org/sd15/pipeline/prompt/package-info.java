/**
 * Prompts with weights, edits over the steps and additions, as they are written for the web UI and for compel.
 *
 * <p>{@link org.sd15.pipeline.prompt.WebuiPrompt} is a prompt of the web UI as a tree; at a step it becomes
 * {@link org.sd15.pipeline.prompt.Fragment fragments} of text with weights, as one of compel
 * ({@link org.sd15.pipeline.prompt.CompelPrompt}) is from the start: both are a
 * {@link org.sd15.pipeline.prompt.PromptText}. {@link org.sd15.pipeline.prompt.PromptEncoder} cuts
 * fragments into chunks that the text encoder takes and weights their states. A
 * {@link org.sd15.pipeline.prompt.PromptStyle} says which of both syntaxes, if any, a request uses.
 */
@NullMarked
package org.sd15.pipeline.prompt;

import org.jspecify.annotations.NullMarked;
