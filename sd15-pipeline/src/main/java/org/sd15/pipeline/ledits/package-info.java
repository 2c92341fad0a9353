/**
 * LEDITS++: concepts are added to a given picture or taken away from it, each with its own strength and only where it
 * belongs. {@link org.sd15.pipeline.ledits.Concept} says what, {@link org.sd15.pipeline.ledits.LeditsProgram} does it in a
 * run over an {@link org.sd15.pipeline.inversion.Inversion} with noise maps, so that what no mask covers comes back as it
 * was. {@link org.sd15.pipeline.ledits.MaskedGuidance} brings the same masks to prompt-to-prompt.
 *
 * <p>M. Brack et al., "LEDITS++: Limitless Image Editing using Text-to-Image Models", CVPR 2024.
 */
@NullMarked
package org.sd15.pipeline.ledits;

import org.jspecify.annotations.NullMarked;
