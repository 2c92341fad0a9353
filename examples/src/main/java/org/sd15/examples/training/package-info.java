/**
 * Trainings that show something, on pictures that the project draws: one picture by heart, a new word, a new thing, a
 * LoRA, a model from nothing. What each has learnt is measured.
 */
@NullMarked
package org.sd15.examples.training;

import org.jspecify.annotations.NullMarked;
