/**
 * The UNet of Stable Diffusion 1.x as a SameDiff graph: its configuration, its plan, its blocks, and nothing else.
 *
 * <p>{@link org.sd15.unet.UNet} predicts and differentiates; what it differentiates is a {@link org.sd15.unet.Target} with a
 * {@link org.sd15.unet.Loss}, or products with cotangents. {@link org.sd15.unet.UNetGraph} and the blocks add to a graph of
 * the caller's.
 */
@NullMarked
package org.sd15.unet;

import org.jspecify.annotations.NullMarked;
