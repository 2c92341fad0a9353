/**
 * Results of editing, in reading order; begin with those of {@code quickstart}. {@link
 * org.sd15.examples.editing.AddAndRemove} adds a concept to a given picture by LEDITS++, and edits it again without
 * another inversion. {@link org.sd15.examples.editing.MaskedWordSwap} brings a mask of LEDITS++ to prompt-to-prompt, on
 * an inversion that is exact: the word is swapped, and the latents around it are those of the given picture.
 *
 * <p>Each takes well under a minute on two cores and prints what it measured.
 */
@NullMarked
package org.sd15.examples.editing;

import org.jspecify.annotations.NullMarked;
