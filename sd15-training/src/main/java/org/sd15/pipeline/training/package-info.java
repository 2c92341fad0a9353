/**
 * Fine-tuning, and training from nothing: a loop of our own over gradients of the UNet, the text encoder or the
 * autoencoder, with AdamW, clipping, accumulation and an average of the weights.
 *
 * <p>A {@link org.sd15.pipeline.training.Trainer} asks a {@link org.sd15.pipeline.training.BatchSource} for pictures,
 * noise and times, a {@link org.sd15.pipeline.training.TrainedModel} for the gradients of its {@link
 * org.sd15.pipeline.training.Objective} (or {@link org.sd15.pipeline.training.VaePasses} for both), and changes the
 * model's parameters in place: every graph that reads them sees the change. Frozen weights are constants, one copy for
 * all graphs. Everything that decides the steps to come goes into a {@link org.sd15.pipeline.training.Checkpoints
 * checkpoint}, so that a run that was killed continues with the same bits. A run's {@link
 * org.sd15.pipeline.training.RunFolder} belongs to one process at a time.
 *
 * <p>A {@link org.sd15.pipeline.training.run.Training} puts all of it together: begin there.
 */
@NullMarked
package org.sd15.pipeline.training;

import org.jspecify.annotations.NullMarked;
