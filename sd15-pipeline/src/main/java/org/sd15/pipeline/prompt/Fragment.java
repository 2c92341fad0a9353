package org.sd15.pipeline.prompt;

/**
 * A piece of a prompt under one weight.
 *
 * @param text without brackets, as the tokenizer takes it
 * @param weight 1 is usual; more attends to it more
 */
public record Fragment(String text, double weight) {}
