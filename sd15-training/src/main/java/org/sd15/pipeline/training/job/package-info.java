/**
 * Whole trainings of a model on disk: what they cost before they begin, which parts of the model learn, and what is
 * written at the end.
 */
@NullMarked
package org.sd15.pipeline.training.job;

import org.jspecify.annotations.NullMarked;
