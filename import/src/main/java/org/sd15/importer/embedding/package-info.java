/** Files of textual inversion: words that were trained, as vectors beside a text encoder's vocabulary. */
@NullMarked
package org.sd15.importer.embedding;

import org.jspecify.annotations.NullMarked;
