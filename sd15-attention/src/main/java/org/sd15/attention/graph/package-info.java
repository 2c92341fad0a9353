/**
 * The graph vocabulary: the few words in which every block of the project is written.
 *
 * <p>A block receives a {@link org.sd15.attention.graph.Scope}, which knows the SameDiff graph, the dotted path and
 * where weights come from, and composes leaves such as {@link org.sd15.attention.graph.Linear}. A leaf owns the names
 * {@code weight} and {@code bias}; joined with the path they are the names of the diffusers checkpoint, so importing is a
 * look-up. The arithmetic itself is behind {@link org.sd15.attention.graph.Formulation}, so that a faster one can take
 * the place of plain ND4J operations without a block noticing.
 *
 * <p>Feature maps are NHWC, {@code [batch, height, width, channels]}; tokens are {@code [batch, tokens, channels]}. The
 * batch may change from call to call, and so may the length of {@link org.sd15.attention.graph.Tokens} that were made
 * without one; every other dimension is fixed when the graph is built.
 */
@NullMarked
package org.sd15.attention.graph;

import org.jspecify.annotations.NullMarked;
