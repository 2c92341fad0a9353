package org.sd15.attention.fused;

/**
 * In which precision linear layers, convolutions and large attentions multiply. Sums, norms, softmax and gradients are
 * float32.
 */
public enum Precision {
    /** As the weights are. */
    FLOAT32,
    /** Eight bits of mantissa: half the memory for weights, and faster on CPUs that have instructions for it. */
    BFLOAT16
}
