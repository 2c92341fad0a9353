/**
 * LEDITS++: concepts are added to a given picture or removed from it, each with its own strength and only where it
 * belongs. {@link org.sd15.pipeline.edit.ledits.LeditsRequest} is the request, {@link
 * org.sd15.pipeline.edit.ledits.Concept} says what to add or remove, and {@link
 * org.sd15.pipeline.edit.ledits.LeditsProgram} does it in a run over an {@link org.sd15.pipeline.inversion.Inversion}
 * with noise maps, so that everything outside of the masks is reconstructed exactly.
 *
 * <p>M. Brack et al., "LEDITS++: Limitless Image Editing using Text-to-Image Models", CVPR 2024.
 */
@NullMarked
package org.sd15.pipeline.edit.ledits;

import org.jspecify.annotations.NullMarked;
