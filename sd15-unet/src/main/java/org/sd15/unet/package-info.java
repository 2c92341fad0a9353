/** The UNet of Stable Diffusion 1.x as a SameDiff graph: its configuration, its plan, its blocks, and nothing else. */
@NullMarked
package org.sd15.unet;

import org.jspecify.annotations.NullMarked;
