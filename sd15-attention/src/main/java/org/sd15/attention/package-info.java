/**
 * Cross attention and self attention of Stable Diffusion: the one place where their maths is written.
 *
 * <p>{@link org.sd15.attention.CrossAttention} builds the nine steps in any SameDiff graph; the UNet uses it and so does
 * the DL4J layer. The words it is written in are in {@link org.sd15.attention.graph}.
 */
@NullMarked
package org.sd15.attention;

import org.jspecify.annotations.NullMarked;
