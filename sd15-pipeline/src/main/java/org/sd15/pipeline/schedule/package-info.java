/**
 * Schedulers: which noise levels a run visits, and how a step goes from one to the next.
 *
 * <p>A {@link org.sd15.pipeline.schedule.Scheduler} is an immutable value, a configuration with diffusers' keys under
 * diffusers' class name. Its {@link org.sd15.pipeline.schedule.Sampler} is one run: it numbers the calls of the model
 * and keeps the tensors of earlier calls, by number, so that a call may be repeated.
 *
 * <p>Every step of every solver here is a linear combination of known tensors: the sample, the model's
 * output, drawn noise, and those of earlier calls. So a solver is written as algebra on symbols
 * ({@link org.sd15.pipeline.schedule.LinearCombination}) that reads like its paper and is evaluated in double precision when
 * the run is planned. Only the finished weights are applied to tensors, in one place, the sampler.
 *
 * <p>A user-defined scheduler is one class: it plans its calls as {@link org.sd15.pipeline.schedule.CallPlan}s and hands
 * them to a sampler.
 */
@NullMarked
package org.sd15.pipeline.schedule;

import org.jspecify.annotations.NullMarked;
