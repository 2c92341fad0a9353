/**
 * The façade: {@link org.sd15.pipeline.StableDiffusion} is a model that generates, edits and inverts pictures. Nothing
 * in this module is above it, and no other package here imports it.
 *
 * <p>Where to go from here:
 * <ul>
 *   <li>{@link org.sd15.pipeline.model.ModelFiles} is a model on the disk, {@link org.sd15.pipeline.model.Components}
 *       its parts in memory;
 *   <li>{@link org.sd15.pipeline.denoise.GenerationRequest} generates pictures, {@link
 *       org.sd15.pipeline.denoise.RunSettings} says how any request is computed;
 *   <li>{@link org.sd15.pipeline.inversion.InversionRequest} turns a picture into noise;
 *   <li>one package for each editing method, with its request: {@link org.sd15.pipeline.edit.prompt.EditRequest},
 *       {@link org.sd15.pipeline.edit.ledits.LeditsRequest}, {@link org.sd15.pipeline.edit.masactrl.MasaCtrlRequest},
 *       {@link org.sd15.pipeline.edit.attend.AttendRequest}, {@link org.sd15.pipeline.edit.zero.Pix2PixZeroRequest},
 *       {@link org.sd15.pipeline.edit.instruct.InstructRequest}, {@link
 *       org.sd15.pipeline.edit.delta.DeltaDenoisingRequest};
 *   <li>{@link org.sd15.pipeline.heatmap.HeatMapRequest} shows where a word of the prompt is in the picture;
 *   <li>{@link org.sd15.pipeline.denoise.EditMethod} is the interface of a user-defined method.
 * </ul>
 *
 * <p>Every request is an immutable value; {@code request.on(model)} prepares its run. A run is an iterator over denoising
 * steps, and nothing happens between two of them.
 */
@NullMarked
package org.sd15.pipeline;

import org.jspecify.annotations.NullMarked;
