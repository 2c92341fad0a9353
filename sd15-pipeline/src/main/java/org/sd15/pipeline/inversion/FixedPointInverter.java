package org.sd15.pipeline.inversion;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.DdimInverseScheduler;
import org.sd15.pipeline.schedule.Sampler;

/**
 * DDIM backwards, each step solved: the prediction is asked at the level that the step leads to, again and again, until
 * drawing that step would come back. Where the iteration contracts, the round trip without guidance becomes exact.
 *
 * @param iterations predictions a step; 1 is {@link DdimInverter}
 * @see <a href="https://arxiv.org/abs/2403.14602">Garibi et al., ReNoise: Real Image Inversion Through Iterative
 *     Noising</a>
 */
public record FixedPointInverter(int iterations) implements Inverter {

    /** Checks the number. */
    public FixedPointInverter {
        if (iterations < 1) {
            throw new IllegalArgumentException("%d iterations a step: at least 1 is needed".formatted(iterations));
        }
    }

    @Override
    public Inversion invert(InversionInputs inputs) {
        Sampler sampler = new DdimInverseScheduler(inputs.config()).sampler(inputs.steps());
        List<INDArray> trajectory = new ArrayList<>(List.of(inputs.latents()));
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray below = trajectory.get(call);
            INDArray above = below;
            for (int i = 0; i < iterations; i++) {
                INDArray prediction = inputs.predict(above, sampler.timestep(call), 1);
                above = sampler.step(call, prediction, below, null).prevSample();
            }
            trajectory.add(above);
        }
        return new Inversion(
                new InversionSchedule.Ddim(inputs.steps()),
                new Inversion.Source(inputs.prompts(), 1),
                trajectory,
                List.of(),
                List.of());
    }
}
