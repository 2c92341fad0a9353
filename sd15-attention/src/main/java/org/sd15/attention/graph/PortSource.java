package org.sd15.attention.graph;

/** Says which ports an attention gets, by its path, for instance {@code mid_block.attentions.0.transformer_blocks.0.attn2}. */
@FunctionalInterface
public interface PortSource {

    /** No ports anywhere. */
    PortSource NONE = path -> AttentionPorts.NONE;

    /** The ports of the attention at a path. */
    AttentionPorts at(String path);

    /**
     * The same ports for a model that is built below a place of a graph: the attention at {@code unet.mid_block...} has
     * those of {@code mid_block...} here. Attentions elsewhere have none.
     *
     * @param path dotted, as of {@link Scope#path}
     */
    default PortSource under(String path) {
        String prefix = path + ".";
        return full -> full.startsWith(prefix) ? at(full.substring(prefix.length())) : AttentionPorts.NONE;
    }
}
