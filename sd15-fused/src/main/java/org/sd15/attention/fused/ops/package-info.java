/**
 * The operations of the fused formulation and their derivatives: what shapes they give, which oneDNN primitives compute
 * them, and what their gradients are. Feature maps are NHWC; tokens may lie as {@code [batch * tokens, channels]},
 * {@code [batch, tokens, channels]} or as the map that they are.
 */
@NullMarked
package org.sd15.attention.fused.ops;

import org.jspecify.annotations.NullMarked;
