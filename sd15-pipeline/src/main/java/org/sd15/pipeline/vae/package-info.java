/** The autoencoder: pictures to latents and back. */
@NullMarked
package org.sd15.pipeline.vae;

import org.jspecify.annotations.NullMarked;
