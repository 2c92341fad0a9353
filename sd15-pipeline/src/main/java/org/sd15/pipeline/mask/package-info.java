/**
 * Where an edit may act: masks from cross attention ({@link org.sd15.pipeline.mask.AttentionMask}) and from the
 * difference of two noise predictions ({@link org.sd15.pipeline.mask.NoiseMask}), as LEDITS++ defines them. {@link
 * org.sd15.pipeline.mask.MaskedEdit} limits the guidance of any edit to them.
 *
 * <p>M. Brack et al., "LEDITS++: Limitless Image Editing using Text-to-Image Models", CVPR 2024, section 3.3.
 */
@NullMarked
package org.sd15.pipeline.mask;

import org.jspecify.annotations.NullMarked;
