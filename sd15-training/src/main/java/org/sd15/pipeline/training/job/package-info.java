/**
 * Whole trainings of a model on disk: an estimate of what they cost, which parts of the model learn, and what is
 * written at the end.
 */
@NullMarked
package org.sd15.pipeline.training.job;

import org.jspecify.annotations.NullMarked;
