package org.sd15.server.job;

import org.jspecify.annotations.Nullable;

/**
 * A learnt word (textual inversion) of the folder.
 *
 * @param token the word as prompts have it
 * @param vectors that stand for it
 * @param width of a vector
 * @param problem why the model doesn't know it; null if it does
 */
public record LearntWord(
        String token, int vectors, int width, @Nullable String problem) {}
