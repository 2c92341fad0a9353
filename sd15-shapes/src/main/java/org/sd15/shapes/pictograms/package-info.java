/**
 * Scenes of pictograms: Noto's animals, fruit, hearts and books on plain backgrounds, drawn with their captions and exact
 * masks. The pictures of the pictograms are no part of this project; {@code tools/pictograms/fetch.sh} fetches them.
 */
@NullMarked
package org.sd15.shapes.pictograms;

import org.jspecify.annotations.NullMarked;
