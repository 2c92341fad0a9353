/**
 * The denoising loop. {@link org.sd15.pipeline.denoise.Denoising} is one run: an iterator over steps of a {@link
 * org.sd15.pipeline.schedule.Sampler}, the UNet and {@link org.sd15.pipeline.denoise.Guidance}. {@link
 * org.sd15.pipeline.denoise.GenerationRequest} generates pictures from noise, from a picture or around a mask; {@link
 * org.sd15.pipeline.denoise.RunSettings} holds what all requests have in common.
 *
 * <p>Editing methods plug in here. An {@link org.sd15.pipeline.denoise.EditMethod} is an immutable value; {@code
 * over(stage)} ties it to the attention sites, sizes, batch rows and steps of one run ({@link
 * org.sd15.pipeline.denoise.Stage}) and returns an {@link org.sd15.pipeline.denoise.EditProgram}, whose hooks see every
 * step. Steps are identified by their number and nothing counts calls, so a step that is computed twice sees the same
 * arrays twice. {@link org.sd15.pipeline.denoise.EditBatch} runs several edits in one batch. A method that follows
 * gradients gets the UNet as a {@link org.sd15.pipeline.denoise.StepModel}.
 *
 * <p>{@link org.sd15.pipeline.denoise.RunFactory} and {@link org.sd15.pipeline.denoise.JointRun} are what the methods'
 * own packages build their runs with.
 */
@NullMarked
package org.sd15.pipeline.denoise;

import org.jspecify.annotations.NullMarked;
