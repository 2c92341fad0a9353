/** Editing methods on their own and together, in reading order; each leaves a strip of pictures. */
@NullMarked
package org.sd15.examples.editing;

import org.jspecify.annotations.NullMarked;
