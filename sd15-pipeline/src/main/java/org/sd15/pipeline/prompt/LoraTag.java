package org.sd15.pipeline.prompt;

/**
 * A LoRA that a prompt asks for: {@code <lora:name:0.8>}.
 *
 * @param name of its file, without folder and ending
 * @param scale how much of it, 1 if the prompt has none
 */
public record LoraTag(String name, double scale) {}
