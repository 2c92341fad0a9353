/**
 * Prompts with weights, edits over the steps and additions, as they are written for the web UI and for compel.
 *
 * <p>{@link org.sd15.pipeline.prompt.WebuiPrompt} is a prompt of the web UI as a tree; at a step it becomes
 * {@link org.sd15.pipeline.prompt.Fragment fragments} of text with weights.
 */
@NullMarked
package org.sd15.pipeline.prompt;

import org.jspecify.annotations.NullMarked;
