/**
 * Random numbers that agree with PyTorch's CPU generator bit for bit, so that a seed names the same picture here as in
 * diffusers.
 *
 * <p>{@link org.sd15.pipeline.random.TorchRandom} is the generator, {@link org.sd15.pipeline.random.BrownianTree} the motion that
 * stochastic solvers take their noise from. The word stream ({@code MersenneTwister}), the single precision polynomials of
 * torch's vector code ({@code CephesFloat}) and NumPy's hash of seeds ({@code SeedSequence}) implement them.
 * Nothing here is a source of randomness for anything but reproducible draws.
 */
@NullMarked
package org.sd15.pipeline.random;

import org.jspecify.annotations.NullMarked;
