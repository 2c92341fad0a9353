/**
 * Graphs that are evaluated. {@link org.sd15.attention.session.GraphSession} computes outputs of a graph again and again in
 * memory that is planned once, {@link org.sd15.attention.session.GradientFunction} its gradients; {@link
 * org.sd15.attention.session.ParameterTable} holds the weights that several graphs read.
 *
 * <p>A session is for one thread at a time: {@link org.sd15.attention.session.ExclusiveUse} refuses the second one. Arrays
 * are checked as they come in, by {@link org.sd15.attention.session.ArrayCheck}, in the words of the caller.
 */
@NullMarked
package org.sd15.attention.session;

import org.jspecify.annotations.NullMarked;
