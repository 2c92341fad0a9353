/**
 * Random numbers that agree with PyTorch's CPU generator bit for bit, so that a seed names the same picture here as in
 * diffusers.
 *
 * <p>{@link org.sd15.pipeline.random.TorchRandom} is the generator and the only way into this package. The word stream
 * ({@code MersenneTwister}) and the single precision polynomials of torch's vector code ({@code CephesFloat}) stand
 * behind it. Nothing here is a source of randomness for anything but reproducible draws.
 */
@NullMarked
package org.sd15.pipeline.random;

import org.jspecify.annotations.NullMarked;
