/**
 * Runnable examples, in reading order: {@link org.sd15.examples.quickstart.DimensionJourney} (what cross attention does
 * to shapes), {@link org.sd15.examples.quickstart.CrossAttentionInAComputationGraph} (the layer in a DL4J network),
 * {@link org.sd15.examples.quickstart.AnswersFromAStory} (the layer on texts, saved and transferred),
 * {@link org.sd15.examples.quickstart.ImportCheckpoint} (a checkpoint becomes a graph),
 * {@link org.sd15.examples.quickstart.SwapAWord} (a word swap edits a picture) and
 * {@link org.sd15.examples.quickstart.EditAPicture} (a picture that is given is edited).
 *
 * <p>Each takes well under a minute on two cores.
 */
@NullMarked
package org.sd15.examples.quickstart;

import org.jspecify.annotations.NullMarked;
