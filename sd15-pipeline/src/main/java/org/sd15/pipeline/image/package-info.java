/** Pictures: between arrays and files. */
@NullMarked
package org.sd15.pipeline.image;

import org.jspecify.annotations.NullMarked;
