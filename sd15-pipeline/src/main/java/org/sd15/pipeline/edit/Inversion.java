package org.sd15.pipeline.edit;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The way from the latents of a picture to noise.
 *
 * @param prompt the prompt under which it was gone
 * @param trajectory the latents before the first and after each step, {@code [1, 4, h, w]}
 */
public record Inversion(String prompt, List<INDArray> trajectory) {

    /** Copies the list. */
    public Inversion {
        trajectory = List.copyOf(trajectory);
        if (trajectory.size() < 2) {
            throw new IllegalArgumentException("an inversion without steps");
        }
    }

    /** Number of steps. */
    public int steps() {
        return trajectory.size() - 1;
    }

    /**
     * The latents at a level.
     *
     * @param level 0 is the picture, {@link #steps()} the noise
     */
    public INDArray level(int level) {
        return trajectory.get(level);
    }

    /** All levels, {@code [steps + 1, 4, h, w]}. */
    public INDArray stacked() {
        return Nd4j.concat(0, trajectory.toArray(INDArray[]::new));
    }
}
