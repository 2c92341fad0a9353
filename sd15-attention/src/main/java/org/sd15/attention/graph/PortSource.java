package org.sd15.attention.graph;

/** Says which ports an attention gets, by its path, for instance {@code mid_block.attentions.0.transformer_blocks.0.attn2}. */
@FunctionalInterface
public interface PortSource {

    /** No ports anywhere. */
    PortSource NONE = path -> AttentionPorts.NONE;

    /** The ports of the attention at a path. */
    AttentionPorts at(String path);
}
