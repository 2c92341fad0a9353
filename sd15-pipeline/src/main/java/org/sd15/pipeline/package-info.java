/**
 * Models in use. {@link org.sd15.pipeline.StableDiffusion} is a model: it draws, edits and inverts. Behind it are its parts,
 * {@link org.sd15.pipeline.ModelFiles} on the disk and {@link org.sd15.pipeline.Components} in memory.
 *
 * <p>Every run begins with a request, a value that says all of what is wanted: {@link org.sd15.pipeline.GenerationRequest}
 * to draw, {@link org.sd15.pipeline.EditRequest} for prompt-to-prompt, {@link org.sd15.pipeline.LeditsRequest}, {@link
 * org.sd15.pipeline.MasaCtrlRequest}, {@link org.sd15.pipeline.AttendRequest}, {@link
 * org.sd15.pipeline.Pix2PixZeroRequest}, {@link org.sd15.pipeline.InstructRequest}, {@link
 * org.sd15.pipeline.DeltaDenoisingRequest}. How it is computed, whatever the method, is in {@link
 * org.sd15.pipeline.RunSettings}. {@code request.on(model)} prepares the run; its {@link org.sd15.pipeline.Denoising} is an
 * iterator, and nothing happens between two steps.
 *
 * <p>A method of one's own is an {@link org.sd15.pipeline.edit.EditMethod}, given to {@link
 * org.sd15.pipeline.GenerationRequestBuilder#with}. What steers a run step by step is an {@link
 * org.sd15.pipeline.edit.EditProgram}.
 */
@NullMarked
package org.sd15.pipeline;

import org.jspecify.annotations.NullMarked;
