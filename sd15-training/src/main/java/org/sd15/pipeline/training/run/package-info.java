/**
 * Whole trainings. A {@link org.sd15.pipeline.training.run.Training} says what a model learns, from what and how; its {@code
 * run} does it, from the first picture to the file that is written at the end.
 *
 * <p>What every training needs beside its steps is here: memory and time are estimated, and what can't fit is refused,
 * before anything is loaded; a run has a folder with a log, checkpoints and validation pictures, which belongs to one
 * process at a time; a run that is resumed is compared with the one that it continues, and continues with the same
 * bits; what is written has a record of how it was made. The other packages have the parts: {@code training.job} loads
 * models and writes results, {@code training.data} makes batches, {@code training} steps.
 */
@NullMarked
package org.sd15.pipeline.training.run;

import org.jspecify.annotations.NullMarked;
