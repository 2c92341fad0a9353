package org.sd15.benchmark;

import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;

/**
 * Whether a model can draw a target at all: the target prompt is drawn from several seeds, without any picture, and
 * judged as edits are. A drawing has its objects where it likes, so it must hit the place as well: that no seed
 * succeeds is a hint that an edit fails for the model's sake, not a proof.
 */
final class PlainDrawing {

    private static final double GUIDANCE = 5;

    private final StableDiffusion model;
    private final int steps;
    private final int seeds;

    PlainDrawing(StableDiffusion model, int steps, int seeds) {
        this.model = model;
        this.steps = steps;
        this.seeds = seeds;
    }

    /** How many seeds succeed. */
    int successes(EditTask task, Predicate<INDArray> judge) {
        INDArray given = task.job().picture();
        INDArray pictures =
                model.decode(model.generate(GenerationRequest.of(task.job().target())
                                .count(seeds)
                                .seeds(LongStream.range(0, seeds).toArray())
                                .size((int) given.size(3), (int) given.size(2))
                                .scheduler(model.scheduler("ddim"))
                                .steps(steps)
                                .guidance(GUIDANCE)
                                .build())
                        .finish());
        int successes = 0;
        for (int i = 0; i < seeds; i++) {
            INDArray one = pictures.get(NDArrayIndex.interval(i, i + 1)).dup('c');
            successes += judge.test(one) ? 1 : 0;
        }
        return successes;
    }
}
