/**
 * From a prompt to what the UNet attends to.
 *
 * <p>{@link org.sd15.pipeline.text.ClipTokenizer} cuts a prompt into the pieces of CLIP's vocabulary. Its result, an
 * {@link org.sd15.pipeline.text.Encoding}, keeps the text of every piece beside its number, because the editing methods
 * have to find the tokens of a word again.
 */
@NullMarked
package org.sd15.pipeline.text;

import org.jspecify.annotations.NullMarked;
