/**
 * The {@code fused} formulation: the same blocks, names and weight arrays as {@code native}, on few large operations
 * that oneDNN computes on the CPU. {@link org.sd15.attention.fused.FusedExecution} is the door.
 *
 * <p>The operations are ordinary members of a SameDiff graph and have derivatives; only their execution is not ND4J's.
 * Weights that never change are brought into oneDNN's own layouts once; others at each run.
 */
@NullMarked
package org.sd15.attention.fused;

import org.jspecify.annotations.NullMarked;
