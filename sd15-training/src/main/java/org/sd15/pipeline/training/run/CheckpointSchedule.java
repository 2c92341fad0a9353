package org.sd15.pipeline.training.run;

/**
 * When checkpoints are written, and how many stay. A run that is {@linkplain TrainingBuilder#stopWhen stopped} writes one in
 * any case.
 *
 * @param every steps between them, or 0 for none before the end
 * @param atEnd whether there is one after the last step: a run that may be made longer later needs it
 * @param kept how many of the last ones stay
 */
public record CheckpointSchedule(int every, boolean atEnd, int kept) {

    /** None but that of a run that is stopped. */
    public static final CheckpointSchedule NONE = new CheckpointSchedule(0, false, 2);

    /** Checks the numbers. */
    public CheckpointSchedule {
        if (every < 0 || kept < 1) {
            throw new IllegalArgumentException(
                    "a checkpoint every %d steps, of which %d are kept: the first must not be negative, the second at least 1"
                            .formatted(every, kept));
        }
    }

    /** A checkpoint every few steps, of which the last two stay. */
    public static CheckpointSchedule every(int steps) {
        return new CheckpointSchedule(steps, false, 2);
    }

    /** The same, with one after the last step. */
    public CheckpointSchedule andAtEnd() {
        return new CheckpointSchedule(every, true, kept);
    }

    /** The same, with another number that stays. */
    public CheckpointSchedule keeping(int number) {
        return new CheckpointSchedule(every, atEnd, number);
    }

    boolean isDue(int done) {
        return every > 0 && done % every == 0;
    }
}
