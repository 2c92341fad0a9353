package org.sd15.pipeline.inversion;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.DdimInverseScheduler;
import org.sd15.pipeline.schedule.Sampler;

/**
 * DDIM backwards under the prompt, without guidance. Each step takes the prediction at the level below for that at its own,
 * so denoising differs from it, and the more so with guidance.
 *
 * @see <a href="https://arxiv.org/abs/2010.02502">Song et al., Denoising Diffusion Implicit Models, section 4.3</a>
 */
public record DdimInverter() implements Inverter {

    @Override
    public Inversion invert(InversionInputs inputs) {
        Sampler sampler = new DdimInverseScheduler(inputs.config()).sampler(inputs.steps());
        List<INDArray> trajectory = new ArrayList<>(List.of(inputs.latents()));
        INDArray latents = inputs.latents();
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray prediction = inputs.predict(latents, sampler.timestep(call), 1);
            latents = sampler.step(call, prediction, latents, null).prevSample();
            trajectory.add(latents);
        }
        return new Inversion(
                new InversionSchedule.Ddim(inputs.steps()),
                new Inversion.Source(inputs.prompts(), 1),
                trajectory,
                List.of(),
                List.of());
    }
}
