/**
 * Prompt-to-prompt: a picture is changed by changing its prompt. {@link org.sd15.pipeline.edit.prompt.EditRequest} is
 * the request, {@link org.sd15.pipeline.edit.prompt.PromptAlignment} says which token of the source prompt each token
 * of a target prompt takes its attention from, and {@link org.sd15.pipeline.edit.prompt.PromptToPrompt} turns that,
 * gates over steps and weights of words into the arrays that control the attention of one step. {@link
 * org.sd15.pipeline.edit.prompt.LocalBlend} keeps the source's latents outside of the edited object.
 *
 * <p>A. Hertz, R. Mokady, J. Tenenbaum, K. Aberman, Y. Pritch, D. Cohen-Or, "Prompt-to-Prompt Image Editing with Cross
 * Attention Control", ICLR 2023.
 */
@NullMarked
package org.sd15.pipeline.edit.prompt;

import org.jspecify.annotations.NullMarked;
