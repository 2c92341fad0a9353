/**
 * Attend-and-Excite: latents follow the gradient of a loss over cross attention until no subject of the prompt is left
 * out. {@link org.sd15.pipeline.edit.attend.AttendRequest} is the request, {@link
 * org.sd15.pipeline.edit.attend.AttendAndExcite} its settings.
 *
 * <p>H. Chefer, Y. Alaluf, Y. Vinker, L. Wolf, D. Cohen-Or, "Attend-and-Excite: Attention-Based Semantic Guidance for
 * Text-to-Image Diffusion Models", SIGGRAPH 2023.
 */
@NullMarked
package org.sd15.pipeline.edit.attend;

import org.jspecify.annotations.NullMarked;
