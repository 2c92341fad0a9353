/**
 * The algebra of editing a picture through its prompt, without any graph.
 *
 * <p>{@link org.sd15.pipeline.edit.PromptWords} finds the tokens of a word, {@link
 * org.sd15.pipeline.edit.PromptAlignment} says which token of the source prompt each token of a target prompt takes its
 * attention from, and {@link org.sd15.pipeline.edit.PromptToPrompt} turns that, gates in time and weights of words into
 * the arrays that control one step of the UNet. {@link org.sd15.pipeline.edit.LocalBlend} reads attention back and
 * keeps everything but the edited object as it was in the source.
 *
 * <p>{@link org.sd15.pipeline.edit.MasaCtrl} shares what things look like, {@link
 * org.sd15.pipeline.edit.AttendAndExcite} moves latents until no subject is left out, and {@link
 * org.sd15.pipeline.edit.Pix2PixZeroProgram} holds a layout; they follow gradients through {@link
 * org.sd15.pipeline.edit.StepModel}. {@link org.sd15.pipeline.edit.EditBatch} puts several edits into one batch.
 *
 * <p>What is to be done is an immutable value, an {@link org.sd15.pipeline.edit.EditMethod}; {@code over(stage)} ties it to
 * the pictures, sizes and steps of one run, and what comes of that is an {@link org.sd15.pipeline.edit.EditProgram}. Steps are
 * named by their number, nothing counts calls: whoever does a step again gets the same arrays again.
 *
 * <p>A. Hertz, R. Mokady, J. Tenenbaum, K. Aberman, Y. Pritch, D. Cohen-Or, "Prompt-to-Prompt Image Editing with Cross
 * Attention Control", ICLR 2023.
 */
@NullMarked
package org.sd15.pipeline.edit;

import org.jspecify.annotations.NullMarked;
