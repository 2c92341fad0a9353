/**
 * From files to a model's parts and back. {@link org.sd15.pipeline.model.ModelFiles} reads a diffusers folder or a
 * single-file checkpoint, with LoRAs and learned words; {@link org.sd15.pipeline.model.Components} are the parts that
 * every run needs: tokenizer, text encoder, UNet, autoencoder, scheduler. {@link
 * org.sd15.pipeline.model.ModelConversion} writes models in another layout or number type; {@link
 * org.sd15.pipeline.model.InitialWeights} starts one from nothing.
 *
 * <p>{@link org.sd15.pipeline.model.ModelHandle} is for the façade only.
 */
@NullMarked
package org.sd15.pipeline.model;

import org.jspecify.annotations.NullMarked;
