/**
 * Pix2pix-zero: an edit is a direction between two sets of text embeddings ({@link
 * org.sd15.pipeline.edit.zero.EditDirection}), and the gradient of a loss over cross attention keeps the layout of the
 * source. {@link org.sd15.pipeline.edit.zero.Pix2PixZeroRequest} is the request.
 *
 * <p>G. Parmar, K. K. Singh, R. Zhang, Y. Li, J. Lu, J.-Y. Zhu, "Zero-shot Image-to-Image Translation", SIGGRAPH 2023.
 */
@NullMarked
package org.sd15.pipeline.edit.zero;

import org.jspecify.annotations.NullMarked;
