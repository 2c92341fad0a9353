/**
 * Control of attention as data: which attentions of a model there are, which of them a graph makes controllable, and the
 * arrays that control one evaluation.
 *
 * <p>An {@link org.sd15.attention.control.AttentionPlan} is chosen when a graph is built; an
 * {@link org.sd15.attention.control.AttentionControl} is a value that goes into one evaluation of it. Nothing here is
 * called back, nothing counts calls. An identity control gives the same bits as a graph without ports.
 */
@NullMarked
package org.sd15.attention.control;

import org.jspecify.annotations.NullMarked;
