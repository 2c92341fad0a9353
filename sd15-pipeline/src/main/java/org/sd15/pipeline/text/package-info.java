/**
 * Text: the tokenizer and the text encoder of CLIP.
 */
@NullMarked
package org.sd15.pipeline.text;

import org.jspecify.annotations.NullMarked;
