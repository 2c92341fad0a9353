/** Files of textual inversion: words that a text encoder has learnt, as vectors beside its vocabulary. */
@NullMarked
package org.sd15.importer.embedding;

import org.jspecify.annotations.NullMarked;
