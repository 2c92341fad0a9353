/**
 * Single-file checkpoints as the original "latent diffusion" code wrote them: the whole model in one file, under names
 * of its own, without a configuration. What diffusers keeps in {@code config.json} is derived from which tensors there
 * are and from their shapes.
 */
@NullMarked
package org.sd15.importer.ldm;

import org.jspecify.annotations.NullMarked;
