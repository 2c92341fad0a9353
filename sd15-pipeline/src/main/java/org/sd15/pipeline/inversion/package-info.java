/**
 * From a picture to noise and back. An {@link org.sd15.pipeline.inversion.Inverter} turns the latents of a picture into an
 * {@link org.sd15.pipeline.inversion.Inversion}: a value that can be kept in a file and edited many times.
 *
 * <p>The methods differ in what makes the reconstruction exact. {@link org.sd15.pipeline.inversion.DdimInverter} runs
 * DDIM backwards, which is exact only in the limit of many steps; {@link
 * org.sd15.pipeline.inversion.SourceTrajectory} resets the source to that trajectory after each step, {@link
 * org.sd15.pipeline.inversion.NullTextInverter} optimizes the unconditional text until guidance follows it, and {@link
 * org.sd15.pipeline.inversion.FixedPointInverter} solves each step. {@link
 * org.sd15.pipeline.inversion.NoiseMapInverter} keeps, for every step of a stochastic sampler, the noise that leads
 * from one level to the next, so that denoising retraces the inversion whatever the model predicts.
 *
 * <p>An inverter is a function: a user-defined one is a lambda, and all editors work on what it gives.
 */
@NullMarked
package org.sd15.pipeline.inversion;

import org.jspecify.annotations.NullMarked;
