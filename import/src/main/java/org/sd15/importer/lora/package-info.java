/**
 * LoRA files: low-rank additions to a model's linear layers and convolutions, in the three spellings that are in use.
 * Names are looked up in the list of a model's modules, never rewritten.
 */
@NullMarked
package org.sd15.importer.lora;

import org.jspecify.annotations.NullMarked;
