package org.sd15.spark.training;

import java.io.IOException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.sd15.attention.machine.Lanes;
import org.sd15.spark.executor.ModelLocation;
import org.sd15.spark.training.ExecutorLearners.Kind;
import org.sd15.spark.training.ExecutorLearners.Learner;

/**
 * What a task does with a pass. It depends on its input alone, so that a task that was lost is done again with the same bits.
 *
 * @param model where executors find it
 * @param lora what learns
 * @param weights of the step
 */
record PassJob(ModelLocation model, LoraLayers lora, Broadcast<StepWeights> weights)
        implements Function<SentPass, SentResult> {

    private static final long serialVersionUID = 1;

    @Override
    public SentResult call(SentPass pass) throws IOException {
        Kind kind = new Kind(model, lora);
        Learner learner = ExecutorLearners.here().take(kind);
        Lanes.limit(Math.max(1, TaskContext.get().cpus())); // after the model, which loads the natives that are told
        boolean done = false;
        try {
            SentResult result = SentResult.of(learner.gradient(weights.value(), pass.pass()));
            done = true;
            return result;
        } finally {
            if (done) {
                ExecutorLearners.here().giveBack(kind, learner);
            } else {
                learner.close(); // what it is left in is not known
            }
        }
    }
}
