/**
 * Cross attention as a vertex of a DL4J {@code ComputationGraph}.
 *
 * <p>{@link org.sd15.attention.dl4j.CrossAttentionLayer} is what a user sees: a builder, a configuration that travels as
 * JSON, and weights that come from a diffusers checkpoint by name. The maths is
 * {@link org.sd15.attention.CrossAttention}'s; this room only turns arrays of DL4J's layouts into tokens and back, and
 * runs the graph. DL4J's own runtime for SameDiff vertices doubles gradients, mixes them up in workspaces and keeps masks
 * of earlier calls, so the layer brings one of its own. Its networks overlook vertices where they go through their layers,
 * so the vertex shows them a layer: {@link org.sd15.attention.dl4j.LayerView}.
 */
@NullMarked
package org.sd15.attention.dl4j;

import org.jspecify.annotations.NullMarked;
