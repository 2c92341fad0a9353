/** LoRAs in a model that runs: merged into its weights, and taken out again to the last bit. */
@NullMarked
package org.sd15.pipeline.lora;

import org.jspecify.annotations.NullMarked;
