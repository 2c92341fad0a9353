/**
 * Results of editing, in reading order; begin with those of {@code quickstart}. {@link
 * org.sd15.examples.editing.AddAndRemove} adds a concept to a given picture by LEDITS++, and edits it again without
 * another inversion. {@link org.sd15.examples.editing.MaskedWordSwap} brings a mask of LEDITS++ to prompt-to-prompt, on
 * an inversion that is exact: the word is swapped, and the latents around it are those of the given picture. {@link
 * org.sd15.examples.editing.AWordAsAMask} keeps an edit to where a word's heat map is. {@link
 * org.sd15.examples.editing.SeveralEditsInOneBatch} gives each row of a batch an editing method of its own.
 *
 * <p>Each takes well under a minute on two cores and prints what it measured.
 */
@NullMarked
package org.sd15.examples.editing;

import org.jspecify.annotations.NullMarked;
