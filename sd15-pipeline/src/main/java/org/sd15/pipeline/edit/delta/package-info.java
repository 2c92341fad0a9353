/**
 * Delta denoising score: the latents of a picture are optimized directly, along the difference of two score
 * distillation gradients. {@link org.sd15.pipeline.edit.delta.DeltaDenoisingRequest} is the request, {@link
 * org.sd15.pipeline.edit.delta.DeltaDenoising} its run.
 *
 * <p>A. Hertz, K. Aberman, D. Cohen-Or, "Delta Denoising Score", ICCV 2023.
 */
@NullMarked
package org.sd15.pipeline.edit.delta;

import org.jspecify.annotations.NullMarked;
