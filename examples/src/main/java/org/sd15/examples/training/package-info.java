/**
 * Trainings that show something: a model from nothing.
 */
@NullMarked
package org.sd15.examples.training;

import org.jspecify.annotations.NullMarked;
