package org.sd15.unet;

/**
 * What the backward pass finds of the forward pass.
 *
 * @see <a href="https://arxiv.org/abs/1604.06174">Chen et al., Training Deep Nets with Sublinear Memory Cost</a>
 */
public enum Checkpointing {
    /** All that it needs. */
    NONE,
    /** What the blocks pass on to each other. The inside of a block is computed again: more time, less memory. */
    BLOCKS
}
