/**
 * Pictures whose truth is known: coloured shapes on a plain background, drawn with their captions and exact masks. They are
 * what the embedded model was trained on, so editing quality can be measured on them.
 */
@NullMarked
package org.sd15.shapes;

import org.jspecify.annotations.NullMarked;
