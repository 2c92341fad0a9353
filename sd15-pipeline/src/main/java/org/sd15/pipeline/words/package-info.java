/**
 * Prompts as words, and attention maps as pictures of words. {@link org.sd15.pipeline.words.PromptWords} finds the
 * tokens of a word, {@link org.sd15.pipeline.words.EditPrompts} holds the source and target prompts of an edit, {@link
 * org.sd15.pipeline.words.WordMaps} averages recorded cross attention over the tokens of a word. {@link
 * org.sd15.pipeline.words.Plane}, {@link org.sd15.pipeline.words.Quantile} and {@link org.sd15.pipeline.words.Window}
 * are the small arithmetic that masks, thresholds and gates share.
 */
@NullMarked
package org.sd15.pipeline.words;

import org.jspecify.annotations.NullMarked;
